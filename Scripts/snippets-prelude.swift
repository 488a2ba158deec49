import CronAdapters
import CronScheduler
import CronTesting
import Logging
import ServiceLifecycle

// The names that snippets of the documents may use without saying where they come from: what a reader's program has of its own. See Scripts/snippets.

/// What an ellipsis stands for.
func given<Value>() -> Value { fatalError() }
func given() {}

struct Mailer: Sendable {
    func send(_ text: String, to recipient: String) async throws {}
}

struct Database: Sendable {
    func purge(_ table: String) async throws {}
}

let mailer = Mailer()
let database = Database()
let logger = Logger(label: "app")
let rehearsal = Rehearsal()
let scheduler = Scheduler()
let midnight = Rehearsal.beginning, opening = midnight, closing = midnight
let text = "", bootID = ""
let clocks = rehearsal.clocks

func report(of time: Instant) -> String { "" }

struct SendReport: JobHandler {
    static let name = "send-report"

    struct Parameters: Codable, Sendable { var recipient: String }

    var mailer = Mailer()

    func run(_ parameters: Parameters, in context: RunContext) async throws {}
}

/// The service of an HTTP server.
struct Server: Service {
    func run() async throws {}
}

let server = Server()
