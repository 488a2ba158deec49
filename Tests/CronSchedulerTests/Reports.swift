// tidy: helper
import CronScheduler
import Synchronization

/// A handler that notes with what it was called.
struct SendReport: JobHandler {
    static let name = "send-report"

    struct Parameters: Codable, Hashable, Sendable { var recipient: String }

    let sent: Sent

    func run(_ parameters: Parameters, in context: RunContext) async throws { sent.note(parameters.recipient) }
}

/// What was sent to whom.
final class Sent: Sendable {
    private let names = Mutex<[String]>([])

    func note(_ name: String) { names.withLock { $0.append(name) } }
    var all: [String] { names.withLock { $0 } }
}

struct Trouble: Error, CustomStringConvertible { var description = "the mail server is away" }

/// Numbers, as they come.
final class Ran: Sendable {
    private let numbers = Mutex<[Int64]>([])

    func note(_ number: Int64) { numbers.withLock { $0.append(number) } }
    var all: [Int64] { numbers.withLock { $0 } }
}
