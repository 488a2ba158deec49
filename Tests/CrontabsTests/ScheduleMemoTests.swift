import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Schedules that lines above had") struct ScheduleMemoTests {
    @Test("A text means what it means by itself, whatever stood above: in its zone and dialect, and with its own warnings and faults")
    func meanings() {
        let lines = ["0 3 * * *", "*/5 * * * *", "5 4 * * 1", "0 3 * * *", "0 0 31 2 *", "0 0 31 2 *", "61 * * * *", "61 * * * *"]
        for dialect in Dialect.all {
            let zones = dialect.assignmentsHoldForWholeFile ? ["Asia/Tokyo"] : ["UTC", "Europe/Berlin", "Asia/Tokyo", "Europe/Berlin"]
            let entries = zones.flatMap { zone in
                lines.map { "CRON_TZ=\(zone)\n\($0) root x\n" }
            }
            let alone = entries.map { read($0, dialect: dialect) }
            for whole in [read(entries.joined(), dialect: dialect), read("# crond: dialect=\(dialect.name)\n" + entries.joined())] {
                let isEqual = whole.entries.map(\.timing) == alone.flatMap { $0.entries.map(\.timing) }
                #expect(isEqual, "\(dialect.name)")
                #expect(whole.badLines.count == alone.map(\.badLines.count).reduce(0, +), "\(dialect.name)")
                #expect(whole.diagnostics.count == alone.map(\.diagnostics.count).reduce(0, +), "\(dialect.name)")
            }
        }
    }

    @Test("A table with more schedules than are kept has each line's own") func many() {
        let all = (0..<60).flatMap { minute in (0..<24).flatMap { hour in (0..<3).map { "\(minute) \(hour) * * \($0) root x\n" } } }
        let alone = all.flatMap { read($0).entries.map(\.timing) }
        #expect(Set(alone).count == all.count)
        let isEqual = read((all + all.reversed()).joined()).entries.map(\.timing) == alone + alone.reversed()
        #expect(isEqual)
    }

    @Test("Each line draws for itself") func drawn() {
        let table = read((0..<40).map { "~ * * * * root echo \($0)\n" }.joined())
        #expect(Set(table.entries.map(\.timing)).count > 20)
    }
}
