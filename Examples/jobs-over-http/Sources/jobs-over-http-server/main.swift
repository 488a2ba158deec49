import CronAdapters
import CronScheduler
import CronStoreSQLite
import Hummingbird
import JobsOverHTTP
import Logging
import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#endif

//     swift run jobs-over-http-server [jobs.db [port]]
//
// TERM or Ctrl-C: no request is taken and no job started any more; runs that go on have 30 s.

LoggingSystem.bootstrap(StreamLogHandler.standardError)
let logger = Logger(label: "jobs-over-http")

let words = CommandLine.arguments.dropFirst()
let path = words.first ?? "jobs.db"
guard let port = Int(words.dropFirst().first ?? "8080"), (1...65_535).contains(port) else {
    print("usage: jobs-over-http-server [STORE [PORT]]")
    exit(64)
}

let announce = Announce { text, context in context.logger(logger).info("announcement", metadata: ["text": "\(text)"]) }
let scheduler = Scheduler(store: .sqlite(path), handlers: [announce])

let server = Application(
    router: JobRoutes(scheduler).router(), configuration: .init(address: .hostname("127.0.0.1", port: port)), logger: logger)

// The last one is shut down first: the server, then the scheduler.
let group = ServiceGroup(
    services: [SchedulerService(scheduler, logger: logger), server], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
try await group.run()
