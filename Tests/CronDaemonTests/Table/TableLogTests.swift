import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Synchronization
import Testing

@testable import CronDaemon

@Suite("What the log says of the table") struct TableLogTests {
    struct StillClocks: Clocks {
        var wall: WallTime { WallTime(nanoseconds: 0) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: 0) }
    }

    final class Lines: LogSink {
        private let all = Mutex<[String]>([])
        var text: String { all.withLock { $0.joined() } }
        func write(_ line: [UInt8]) -> Bool {
            all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            return true
        }
    }

    private func said(_ events: TableEvent...) -> String {
        let lines = Lines()
        let log = TableLog(log: Log(format: .logfmt, level: .info, clocks: StillClocks(), errors: lines))
        for event in events { log.observe(event) }
        return lines.text
    }

    @Test(
        "What is not used can be brought back by the command that is shown",
        arguments: [
            TableEvent.filesWin(paths: ["/etc/crontab"], over: 7, warns: true), .foundKept(revision: 7),
            .followed(revision: 8, previous: 7),
        ]) func bringBack(event: TableEvent)
    {
        #expect(said(event).contains(#"bring_back="crond table restore 7""#))
    }

    @Test("That the files win is a warning only where somebody may want the other content back") func filesWin() {
        #expect(said(.filesWin(paths: ["/t"], over: 1, warns: true)).contains("level=warning"))
        #expect(said(.filesWin(paths: ["/t"], over: 1, warns: false)).contains("level=info"))
    }

    @Test("A drop-in file is called one, and whether something goes on in its place is said") func notUsed() {
        let table = said(.notUsed(path: "/etc/crontab", reason: "refused", isNamed: true, hasOther: false))
        #expect(table.contains("the table is not used, and there is no earlier one"))
        let dropIn = said(.notUsed(path: "/etc/cron.d/a", reason: "refused", isNamed: false, hasOther: true))
        #expect(dropIn.contains("a drop-in file is not used; the last good one stays") && dropIn.contains("path=/etc/cron.d/a"))
    }

    @Test("An unsigned revision comes with its remedy, a damaged one with another") func refused() {
        #expect(said(.revisionsRefused([9, 8], why: .unsigned)).contains("crond table restore 9 signs it as a new one"))
        let many = said(.revisionsRefused(Array((1...30).reversed()), why: .damaged))
        #expect(many.contains("crond table log shows the others") && many.contains("11 …") && !many.contains("10 …"))
    }

    @Test("A list of zones is not longer than a person reads") func zones() {
        let names = (1...25).map { "Zone/\($0)" }
        let text = said(.zonesChanged(names))
        #expect(text.contains("Zone/20 and 5 more") && !text.contains("Zone/21"))
    }
}
