import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("What the value of `a~b` is drawn from") struct DrawTests {
    private func timing(_ text: String, _ draws: DrawSource) throws -> Job.Timing {
        let options = CrontabOptions(format: .user, zone: .utc, zones: .system, draws: draws, path: "t")
        return try #require(Crontab(parsing: Array(text.utf8), options: options).entries.first).timing
    }

    @Test("With a seed from the job's name: its command and its place do not matter") func name() throws {
        let one = try timing("# crond: name=nightly\n~ ~ * * * one\n", .seed("s"))
        #expect(try timing("# other\n\n# crond: name=nightly\n~ ~ * * * another\n", .seed("s")) == one)
        let names = try Set((0..<40).map { try timing("# crond: name=n\($0)\n~ ~ * * * one\n", .seed("s")) })
        let seeds = try Set((0..<40).map { try timing("# crond: name=nightly\n~ ~ * * * one\n", .seed("s\($0)")) })
        #expect(names.count > 30 && seeds.count > 30)
    }

    @Test("Without a name from what makes its id: blanks do not matter, the command does") func line() throws {
        let one = try timing("~ ~ * * * one\n", .seed("s"))
        #expect(try timing("~   ~\t* * *  one\n", .seed("s")) == one)
        #expect(try Set((0..<40).map { try timing("~ ~ * * * one \($0)\n", .seed("s")) }).count > 30)
    }

    @Test("The text `host:NAME` draws as that host does without a seed") func host() throws {
        #expect(DrawSource("host:web-0") == .host("web-0"))
        #expect(DrawSource(DrawSource.host("web-0").text) == .host("web-0"))
        #expect(DrawSource("3f2a") == .seed("3f2a") && DrawSource.seed("3f2a").text == "3f2a")
        let line = "~ ~ * * * one\n"
        #expect(try timing(line, DrawSource("host:web-0")) == timing(line, .host("web-0")))
        #expect(try timing(line, .host("web-0")) != timing(line, .host("web-1")))
    }
}
