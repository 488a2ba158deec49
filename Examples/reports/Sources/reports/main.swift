import CronScheduler
import CronStoreSQLite

// A script with two jobs: one of a handler, which the store keeps over restarts, and one of a closure.
//
//     swift run reports jobs.db        Ctrl-C ends it; started again, it goes on where it was

struct SendReport: JobHandler {
    static let name = "send-report"

    struct Parameters: Codable, Sendable { var recipient: String }

    func run(_ parameters: Parameters, in context: RunContext) async throws {
        print("report of \(context.scheduledAt.rfc3339UTC()) to \(parameters.recipient), attempt \(context.attempt) of \(context.attempts)")
        if Bool.random() { throw MailServerIsAway() }
    }
}

struct MailServerIsAway: Error {}

let path = CommandLine.arguments.dropFirst().first ?? "jobs.db"
let scheduler = Scheduler(store: .sqlite(path), handlers: [SendReport()])

// The same at every start: what is there already, and the same, is left alone.
try await scheduler.add(
    "report", .cron("*/10 * * * * *"), SendReport.self, .init(recipient: "ops@example.org"),
    options: JobOptions {
        $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(2)))
        $0.timeout = .minutes(1)
    })
try await scheduler.add("tick", .every(.seconds(5))) { context in print("tick \(context.run)") }
try await scheduler.once("hello") { _ in print("hello, once") }

let failures = scheduler.events(.runFailed)
Task {
    for await case .runFailed(let run) in failures { print("attempt \(run.attempt) of \(run.run) failed: \(run.reason ?? "no reason")") }
}

try await scheduler.run()
