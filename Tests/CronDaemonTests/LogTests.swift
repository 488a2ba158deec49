import CronDaemon
import CronExpressions
import CronJobs
import LinuxEvents
import Testing

@Suite struct LogTests {
    private struct Frozen: Clocks {
        var wall: WallTime { WallTime(nanoseconds: 0) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: 0) }
    }

    /// Takes lines while there is room.
    private final class Shelf: LogSink {
        private let state = Locked((lines: [String](), isFull: false))
        var lines: [String] { state.withLock { $0.lines } }

        func fill(_ isFull: Bool) { state.withLock { $0.isFull = isFull } }

        func write(_ line: [UInt8]) -> Bool {
            state.withLock { state in
                if !state.isFull { state.lines.append(String(decoding: line, as: UTF8.self)) }
                return !state.isFull
            }
        }
    }

    @Test func linesThatFoundNoRoomAreCountedAndSaidOnce() {
        let shelf = Shelf()
        let log = Log(format: .logfmt, level: .info, clocks: Frozen(), errors: shelf)
        log.info("one")
        shelf.fill(true)
        log.info("two")
        log.warning("three")
        log.debug("not wanted at all")
        shelf.fill(false)
        log.info("four")
        log.info("five")
        #expect(shelf.lines.count == 4)
        #expect(shelf.lines.filter { $0.contains("log lines were lost") }.count == 1)
        #expect(shelf.lines[2].contains("count=2"))
    }
}
