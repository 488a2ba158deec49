import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("RANDOM_DELAY, as cronie means it")
struct RandomDelay {
    private func delays(_ text: String, dialect: Dialect = .vixie, seed: String = "s1") -> [Duration] {
        let options = CrontabOptions(format: .user, dialect: dialect, zone: .utc, zones: .system, draws: DrawSource(seed), path: "t")
        return Crontab(parsing: Array(text.utf8), options: options).entries.map(\.policies.values.delay)
    }

    @Test("It delays all entries below it by the same whole minutes, fewer than it says; others it leaves alone") func below() {
        let found = delays(
            "0 1 * * * a\nRANDOM_DELAY=600\n0 2 * * * b\n0 3 * * * c%input\n# crond: name=d\n0 4 * * * d\nRANDOM_DELAY=0\n0 5 * * * e\n")
        #expect(found.count == 5 && found[0] == .zero && found[4] == .zero)
        #expect(found[1] > .zero && found[1] < .seconds(36_000) && found[1].components.seconds % 60 == 0)
        #expect(found[2] == found[1] && found[3] == found[1])
    }

    @Test("One share for a service: the same for the same seed, and in proportion") func share() {
        let long = delays("RANDOM_DELAY=1440\n0 1 * * * a\n")[0], short = delays("RANDOM_DELAY=144\n0 1 * * * a\n")[0]
        #expect(long == delays("# other\nRANDOM_DELAY=1440\n7 7 * * * z\n")[0])
        #expect(abs(long.components.seconds / 10 - short.components.seconds) <= 60)
        let drawn = Set((0..<50).map { delays("RANDOM_DELAY=1440\n0 1 * * * a\n", seed: "seed-\($0)")[0] })
        #expect(drawn.count > 40, "seeds differ")
    }

    @Test("What is no number of minutes up to a day delays nothing", arguments: ["", "-5", "1441", "10m", "1.5", "x"])
    func bad(_ value: String) { #expect(delays("RANDOM_DELAY=\(value)\n0 1 * * * a\n") == [.zero]) }

    @Test("Entries that it delays share their policies") func shared() {
        let options = CrontabOptions(format: .user, zone: .utc, zones: .system, draws: DrawSource("s1"), path: "t")
        let entries = Crontab(parsing: Array("RANDOM_DELAY=600\n0 2 * * * b\n0 3 * * * c\n".utf8), options: options).entries
        #expect(entries[0].policies === entries[1].policies)
    }
}
