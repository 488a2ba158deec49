internal import Testing

@Suite("Verbs", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct VerbTests {
    /// A file with this content, for the length of the test.
    private static func with(_ text: String, _ body: (String) async throws -> Void) async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write("table", text)
        try await body("\(folder.path)/table")
    }

    @Test("check shows every fault with file, line and caret, and leaves with 65")
    func checkFaults() async throws {
        try await Self.with("61 * * * * root true\n* * * * * root true\n* * * foo * root true\n") { path in
            let result = try await Program.verb("check", path)
            #expect(result.code == 65)
            #expect(result.out.contains("\(path):1:") && result.out.contains("\(path):3:") && result.errors.isEmpty, "\(result)")
            #expect(result.lines.filter { $0.contains("^") }.count == 2)
            #expect(result.lines.last == "1 entry, 2 errors, 0 warnings")
        }
    }

    @Test("check of a good table leaves with 0, of a missing one with 66; - is standard input")
    func checkGood() async throws {
        try await Self.with("* * * * * root true\n") { path in
            let good = try await Program.verb("check", path)
            #expect(good.code == 0)
            let missing = try await Program.verb("check", path + "-missing")
            #expect(missing.code == 66)
            let both = try await Program.verb("check", path, path + "-missing", "/dev/zero", "--json")
            #expect(both.code == 66 && both.out.contains("\"entries\":1") && both.out.contains("\"errors\":2"), "\(both.out)")
            #expect(both.out.contains("cannot be read: No such file") && both.out.contains("\"line\":0"))
            let zero = try await Program.verb("check", "/dev/zero")
            #expect(zero.code == 65 && zero.out.hasPrefix("/dev/zero: error: ") && !zero.out.contains("^"), "\(zero)")
        }
        let piped = try await Program.verb("check", "--format", "user", "-", input: "* * * * * true\n@daily true\n")
        #expect(piped.out == "2 entries, 0 errors, 0 warnings\n")
    }

    @Test("check mentions users that the machine does not have, once each")
    func checkUsers() async throws {
        try await Self.with("5 4 * * * root true\n5 4 * * *  no-one-here true\n6 4 * * * no-one-here true\n5 4 * * * 4321:1 true\n") {
            path in
            let result = try await Program.verb("check", path)
            #expect(result.code == 0 && result.lines.last == "4 entries, 0 errors, 1 warning", "\(result)")
            #expect(result.out.contains("\(path):2:12: warning: there is no user “no-one-here”"), "\(result.errors)")
            #expect(try await Program.verb("check", "--no-users", path).out == "4 entries, 0 errors, 0 warnings\n")
        }
    }

    @Test("check --json is one JSON object with line, column and what to write")
    func checkJSON() async throws {
        try await Self.with("* * * * * root true\n\n0 25 * * * root true\n") { path in
            let result = try await Program.verb("check", "--json", path)
            #expect(result.code == 65)
            #expect(result.lines.count == 1)
            #expect(
                result.out.contains("\"errors\":1") && result.out.contains("\"line\":3") && result.out.contains("\"column\":3"),
                "\(result.out)")
            #expect(result.errors.isEmpty)
        }
    }

    @Test("next shows fire times of an expression in a zone")
    func nextExpression() async throws {
        let result = try await Program.verb(
            "next", "30 2 * * 1-5", "-n", "3", "--tz", "Europe/Berlin", "--after", "2027-03-25T00:00:00Z")
        #expect(result.lines == ["2027-03-25T02:30:00+01:00", "2027-03-26T02:30:00+01:00", "2027-03-29T02:30:00+02:00"])
        let bad = try await Program.verb("next", "61 * * * *")
        #expect(bad.code == 65)
        #expect(bad.errors.contains("^"))
        #expect(try await Program.verb("next", "* * * * *", "--tz", "Europe/Berlim").code == 64)
    }

    @Test("explain says what an expression means, when it fires and what to look out for, in two languages and JSON")
    func explain() async throws {
        let common = ["--tz", "Europe/Berlin", "--after", "2027-03-27T00:00:00Z", "-n", "2"]
        let words = try await Program.run([Program.crond, "explain", "30 2 * * *"] + common)
        #expect(words.code == 0 && words.errors.isEmpty)
        #expect(words.lines.first == "At 02:30 every day")
        #expect(words.out.contains("  2027-03-28T03:00:00+02:00  2027-03-28T01:00:00Z\n"), "\(words.out)")
        #expect(words.out.contains("02:30 does not exist in Europe/Berlin on 2027-03-28"))
        let chinese = try await Program.run([Program.crond, "explain", "--lang", "zh", "0 9 * * 1-5"] + common)
        #expect(chinese.lines.first == "周一至周五 09:00")
        let json = try await Program.run([Program.crond, "explain", "--json", "*/7 * * * *"] + common)
        #expect(
            json.lines.count == 1 && json.out.contains("\"meaning\":\"Every 7 minutes\"") && json.out.contains("\"write\":\"*/6 or */10\""))
        let bad = try await Program.verb("explain", "5/15 * * * *")
        #expect(bad.code == 65 && bad.out.isEmpty && bad.errors.contains("^") && bad.errors.contains("write: 5-59/15"))
        #expect(try await Program.verb("explain", "* * * * *", "--lang", "fr").code == 64)
        let locale = try await Program.run([Program.crond, "explain", "0 9 * * 1-5"] + common, environment: ["LANG": "zh_CN.UTF-8"])
        #expect(locale.lines.first == "周一至周五 09:00", "\(locale)")
    }

    @Test("explain says what each line of a crontab means, whatever its dialect and directives; bad lines on standard error")
    func explainFile() async throws {
        let table =
            "# off: 0 1 * * * root false\nCRON_TZ=Asia/Tokyo\n0 3 * * 1-5 root backup\n"
            + "61 * * * * root bad\n# crond: every=90s\n@every root poll\n"
        try await Self.with(table) { path in
            let words = try await Program.verb("explain", path)
            #expect(words.code == 65 && words.errors.contains("minute 61"), "\(words)")
            #expect(
                words.lines == [
                    "line 3: 0 3 * * 1-5 root backup", "  At 03:00 from Monday to Friday (Asia/Tokyo)", "line 6: @every root poll",
                    "  Every 90 seconds",
                ], "\(words)")
            let json = try await Program.verb("explain", path, "--json", "--lang", "zh")
            #expect(json.lines.count == 2 && json.lines[0].contains("\"meaning\":\"周一至周五 03:00（Asia/Tokyo 时间）\""), "\(json)")
        }
        try await Self.with("# crond: dialect=quartz\n15 0 12 ? * 2-6 2030 noon\n") { path in
            let words = try await Program.verb("explain", path, "--format", "user")
            #expect(words.code == 0 && words.lines.last == "  At 12:00:15 from Monday to Friday, in 2030", "\(words)")
        }
        #expect(try await Program.verb("explain", "/no/such/table").code == 65)
    }

    @Test("next shows the fire times of every entry of a file")
    func nextFile() async throws {
        try await Self.with("# comment\n0 12 * * * root true\n@reboot root true\n") { path in
            let result = try await Program.verb("next", path, "--tz", "UTC", "--after", "2027-01-01T00:00:00Z")
            #expect(result.lines.first == "line 2: 0 12 * * * root true")
            #expect(result.out.contains("  2027-01-01T12:00:00+00:00\n"), "\(result.out)")
            let json = try await Program.verb("next", path, "--tz", "UTC", "--after", "2027-01-01T00:00:00Z", "--json")
            #expect(json.lines.count == 2)
            #expect(json.lines.first?.contains("\"next\":[\"2027-01-01T12:00:00+00:00\"]") == true, "\(json.out)")
        }
    }

    @Test("eval answers every line with one line, in order, faults too")
    func eval() async throws {
        let input = """
            {"expr":"*/5 * * * *","tz":"Europe/Berlin","after":"2027-01-01T00:00:00Z","count":2}
            not json

            {"expr":"61 * * * *"}
            {"expr":"0 0 30 2 *","tz":"UTC"}
            {"expr":"@reboot"}
            {"crontab":"A=b\\n* * * * * root cat%x\\n61 * * * * root true\\n","format":"system"}
            {"path":"/nowhere"}
            {"expr":"@daily","tz":"UTC","after":"2027-01-01T00:00:00Z","count":1}
            """
        let result = try await Program.verb("eval", input: input)
        #expect(result.code == 0)
        try #require(result.lines.count == 9, "\(result.out)")
        #expect(result.lines[0] == #"{"next":["2027-01-01T01:05:00+01:00","2027-01-01T01:10:00+01:00"]}"#)
        for index in [1, 2, 3, 7] { #expect(result.lines[index].hasPrefix("{\"error\":\""), "\(result.lines[index])") }
        #expect(result.lines[4] == #"{"next":[]}"# || result.lines[4].hasPrefix("{\"error\""), "\(result.lines[4])")
        #expect(result.lines[5] == #"{"next":[]}"#)
        let table = result.lines[6]
        #expect(table.contains(#""command":"cat""#) && table.contains(#""stdin":"x\n""#) && table.contains(#""env":{"A":"b"}"#), "\(table)")
        #expect(table.contains(#""line":3"#) && table.contains(#""tz":null"#), "\(table)")
        #expect(result.lines[8] == #"{"next":["2027-01-02T00:00:00+00:00"]}"#)
    }

    @Test("eval answers a thousand lines with a thousand lines")
    func evalMany() async throws {
        let input = (0..<1000).map { "{\"expr\":\"\($0 % 60) \($0 % 24) * * *\",\"tz\":\"UTC\",\"after\":\"2027-01-01T00:00:00Z\"}\n" }
            .joined()
        let result = try await Program.verb("eval", input: input)
        try #require(result.lines.count == 1000)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        for index in [1, 59, 500, 999] {
            #expect(result.lines[index].contains("T\(two(index % 24)):\(two(index % 60)):00"), "\(index): \(result.lines[index])")
        }
    }

    @Test("--version and --help answer with 0, bad usage with 64, bad settings with 78")
    func usage() async throws {
        let version = try await Program.verb("--version")
        #expect(version.code == 0)
        #expect(version.out.first?.isNumber == true)
        let help = try await Program.verb("--help")
        #expect(help.code == 0)
        for verb in ["run", "check", "next", "eval", "table", "status", "reload", "zones"] {
            #expect(help.out.contains("  \(verb)"), "\(verb)")
        }
        let runHelp = try await Program.verb("run", "--help")
        #expect(runHelp.out.contains("--drain") && runHelp.out.contains("CROND_DRAIN"))
        #expect(try await Program.verb("--no-such-option").code == 64)
        #expect(try await Program.verb("table", "show").code == 64)
        #expect(try await Program.verb("next").code == 64)
        let empty = try await Program.verb("next", "")
        #expect(empty.code == 64 && empty.errors.contains("an empty text"), "\(empty.errors)")
        #expect(try await Program.verb("run", "--format", "foo").code == 64)
        #expect(try await Program.verb("check", "--format", "foo").code == 64)
        #expect(try await Program.verb("run", environment: ["CROND_FORMAT": "foo"]).code == 78)
        for tz in [["run", "--tz"], ["next", "* * * * *", "--tz"], ["check", "--tz"]] {
            let zone = try await Program.run([Program.crond] + tz + ["europe/berlin"])
            #expect(zone.code != 0 && zone.errors.contains("europe/berlin") && zone.errors.contains("Europe/Berlin"), "\(zone.errors)")
        }
        let settings = [
            ["--drain", "soon"], ["--log-format", "xml"], ["--store", "floppy:a"], ["--on-start", "maybe"], ["--name", "a/b"],
            ["--tz", "Europe/Berlim"],
        ]
        for setting in settings {
            let result = try await Program.verb("run", setting[0], setting[1])
            #expect(result.code == 78, "\(setting)")
            #expect(result.errors.contains(setting[1].prefix { $0 != ":" }), "\(result.errors)")
        }
        let variable = try await Program.verb("run", environment: ["CROND_LOG_LEVEL": "loud"])
        #expect(variable.code == 78)
        let zone = try await Program.verb("run", environment: ["CROND_TZ": "Europe/Berlim"])
        #expect(zone.code == 78)
        #expect(zone.errors.contains("CROND_TZ=Europe/Berlim: ") && zone.errors.contains("did you mean Europe/Berlin"), "\(zone.errors)")
    }

    @Test("zones lists every zone with where it comes from, its offset and its next change")
    func zones() async throws {
        let all = try await Program.verb("zones")
        #expect(all.code == 0 && all.lines.count >= 590)
        let one = try await Program.verb("zones", "Europe/Berlin", "--json")
        #expect(one.lines.count == 1)
        #expect(one.out.contains(#""source":"system /usr/share/zoneinfo/Europe/Berlin""#), "\(one.out)")
        #expect(one.out.contains(#""next":{"abbreviation":"CE"#) && one.out.contains(#""offset":"+0"#), "\(one.out)")
        #expect(try await Program.verb("zones", "berlin").lines.count == 1)
        #expect(try await Program.verb("zones", "america/*york").lines.count == 1)
        #expect(try await Program.verb("zones", "Asia/Tokyo").out.contains("no change to come"))
    }

    @Test("Where the system has no zone data, the copy inside the program serves, and unknown zones are errors with suggestions")
    func zonesWithoutFiles() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        let bare = ["TZDIR": folder.path]
        let zones = try await Program.verb("zones", environment: bare)
        #expect(zones.lines.count >= 590 && zones.lines.allSatisfy { $0.contains(" built-in 20") })
        let next = try await Program.verb(
            "next", "30 2 * * 1-5", "--tz", "Europe/Berlin", "--after", "2027-03-27T00:00:00Z", environment: bare)
        #expect(next.out == "2027-03-29T02:30:00+02:00\n")
        for verb in [["zones", "Europe/Berlim"], ["next", "* * * * *", "--tz", "Europe/Berlim"]] {
            let unknown = try await Program.run([Program.crond] + verb, environment: bare)
            #expect(unknown.code == 64 && unknown.errors.contains("Europe/Berlim") && unknown.errors.contains("did you mean Europe/Berlin"))
        }
        folder.write("table", "CRON_TZ=Asia/Tokio\n* * * * * root true\n")
        let check = try await Program.run([Program.crond, "check", "\(folder.path)/table"], environment: bare)
        #expect(check.code == 65 && check.out.contains("Asia/Tokyo"), "\(check.errors)")
    }

    @Test("A TZ that is no zone is said to be UTC: on standard error by the verbs, and once by the service, which shows it in its status")
    func variableZone() async throws {
        let wrong = ["TZ": "Europe/Berlim"]
        for verb in [["next", "0 0 1 1 *"], ["explain", "0 0 1 1 *"], ["check", "/dev/null"]] {
            let result = try await Program.run([Program.crond] + verb, environment: wrong)
            #expect(result.code == 0)
            let warning = "crond: UTC is used: TZ=Europe/Berlim: there is no such time zone; did you mean Europe/Berlin"
            #expect(result.errors.hasPrefix(warning) && result.errors.split(separator: "\n").count == 1, "\(verb): \(result)")
            let named = try await Program.run([Program.crond] + verb + ["--tz", "Asia/Tokyo"], environment: wrong)
            #expect(!named.errors.contains("TZ="), "\(named)")
        }
        try await Plain.use { plain in
            let service = try await plain.start("0 0 1 1 * true\n", environment: ["TZ": "/etc/passwd"])
            let line = try await service.expect("running with reduced features")
            #expect(line["tz"] == "UTC is used: TZ=/etc/passwd: there is no such time zone file", "\(line)")
            #expect(try await plain.verb("status").out.contains("degraded   tz: UTC is used"))
            #expect(try await service.stop() == 0)
            let named = try await plain.start(nil, ["--tz", "Asia/Tokyo"], environment: ["TZ": "/etc/passwd"])
            #expect(named.log.allSatisfy { $0["tz"] == nil })
        }
    }

    @Test("reload notices that a zone's file has changed, and says which jobs are others by that")
    func zonesReload() async throws {
        try await Plain.use { plain in
            plain.folder.folder("zones")
            let copy = "cp /usr/share/zoneinfo/"
            try await Program.shell("\(copy)Europe/Berlin \(plain.folder.path)/zones/Here")
            let service = try await plain.start(
                "# crond: name=here tz=Here\n0 9 1 7 * true\n\n# crond: name=utc tz=UTC\n0 9 1 7 * true\n",
                environment: ["TZDIR": "\(plain.folder.path)/zones"])
            try await Program.shell("\(copy)Asia/Tokyo \(plain.folder.path)/zones/new && cd \(plain.folder.path)/zones && mv new Here")
            #expect(try await plain.verb("reload").code == 0)
            let changed = try await service.expect("time zone data changed", within: .seconds(10))
            #expect(changed["zones"] == "Here")
            let job = try await service.expect("job changed", ["job": "here"], within: .seconds(10))
            #expect(job["next"]?.hasSuffix("-07-01T09:00:00+09:00") == true)
            #expect(service.log("job changed").count == 1 && service.log("job added").isEmpty && service.log("job removed").isEmpty)
        }
    }

    @Test("status tells what the service is doing; without one it leaves with 69")
    func status() async throws {
        try await Plain.use { plain in
            #expect(try await plain.verb("status").code == 69)
            #expect(try await plain.verb("reload").code == 69)
            let service = try await plain.start("# crond: name=slow\n@reboot echo up; sleep 20\n0 0 1 1 * true\n", ["--drain", "0s"])
            try await service.expectOutput("up")
            let text = try await plain.verb("status")
            #expect(text.code == 0)
            #expect(text.out.contains("2 jobs") && text.out.contains("slow@boot-") && text.out.contains(plain.store), "\(text.out)")
            let json = try await plain.verb("status", "--json")
            #expect(json.lines.count == 1)
            #expect(json.out.contains("\"running\":[\"slow@boot-") && json.out.contains("\"revision\":1"), "\(json.out)")
        }
    }

    @Test("The control socket is its owner's alone, is gone after the end, and a dead one is no obstacle")
    func socket() async throws {
        try await Plain.use { plain in
            let first = try await plain.start("@reboot true\n")
            #expect(try await Program.shell("stat -c %a \(plain.socket)") == "600\n")
            try first.signal(9)
            _ = try await first.end()
            #expect(plain.folder.exists("crond.sock"))
            let second = try await plain.start()
            #expect(try await plain.verb("status").code == 0)
            #expect(try await second.stop() == 0)
            #expect(!plain.folder.exists("crond.sock"))
        }
    }

    @Test("Table verbs: the revisions of a plain service, through the socket and from the store")
    func table() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("0 0 1 1 * echo one\n")
            plain.folder.write("crontab", "0 0 1 1 * echo two\n")
            try await service.expect("table loaded", within: .seconds(10))
            #expect(try await plain.verb("table", "log", "--json").lines.count == 2)
            #expect(try await plain.verb("table", "restore", "1").code == 0)
            #expect(plain.folder.read("crontab") == "0 0 1 1 * echo one\n")
            #expect(try await plain.verb("table", "restore", "77").code == 66)
            #expect(try await plain.verb("table", "show", "99").code == 66)
            #expect(try await service.stop() == 0)
            #expect(try await plain.storeVerb("table", "log").lines.count == 3)
            #expect(try await plain.storeVerb("table", "show", "99").code == 66)
            let unnamed = try await plain.storeVerb("table", "restore", "2")
            #expect(unnamed.code == 78 && unnamed.errors.contains(plain.table) && unnamed.errors.contains("FILE"), "\(unnamed)")
            #expect(plain.folder.read("crontab") == "0 0 1 1 * echo one\n")
            #expect(try await plain.storeVerb("table", "log").lines.count == 3, "nothing was published")
            #expect(try await plain.storeVerb("table", "restore", "2", plain.table).code == 0)
            #expect(plain.folder.read("crontab") == "0 0 1 1 * echo two\n")
            #expect(try await plain.storeVerb("table", "log", "--name", "../up").code == 78)
        }
    }
}
