// tidy: helper
internal import CronDaemon
internal import Synchronization

/// Keeps what is logged.
final class Lines: LogSink {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func write(_ line: [UInt8]) -> Bool {
        lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        return true
    }
}
