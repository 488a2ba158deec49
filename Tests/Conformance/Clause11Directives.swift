import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Clause 11: directives")
struct Clause11Directives {
    private func read(_ text: String) -> Crontab {
        Crontab(
            parsing: Array(text.utf8), options: CrontabOptions(format: .system, zone: .utc, zones: .system, path: "crontab"))
    }

    private func directives(_ text: String) -> Directives? {
        read("# crond: \(text)\n0 0 * * * root x").entries.first?.directives
    }

    /// What the job gets.
    private func policies(_ text: String) -> JobPolicies.Values? {
        read("# crond: \(text)\n0 0 * * * root x").entries.first?.policies.values
    }

    private func messages(_ table: Crontab) -> String { table.diagnostics.map(\.diagnostic.message).joined(separator: "\n") }

    @Test func allKeys() throws {
        let set = try #require(
            directives("name=a-b_1 tz=UTC overlap=skip max-running=3 grace=1h30m catch-up=all(5) log=json cwd=\"/a b\" umask=027"))
        #expect(set.name == "a-b_1" && set.zone?.identifier == "UTC")
        let policies = set.policies
        #expect(policies.overlap == .skip && policies.maxRunning == 3)
        #expect(policies.grace == .seconds(5_400) && policies.catchUp == .all(limit: 5) && policies.log == .json)
        #expect(policies.directory == "/a b" && policies.umask == 0o27)
    }

    @Test(arguments: [("90s", 90), ("5m", 300), ("1h30m", 5_400), ("2d", 172_800), ("0s", 0), ("1d1h1m1s", 90_061)])
    func durations(_ text: String, _ seconds: Int) { #expect(policies("grace=\(text)")?.grace == .seconds(seconds)) }

    @Test func words() throws {
        #expect(try #require(policies("grace=none")).grace == nil)
        #expect(policies("catch-up=none")?.catchUp == CatchUpPolicy.none)
        #expect(policies("catch-up=last log=none")?.log == LogMode.none)
        #expect(policies("overlap=allow")?.overlap == .allow)
        #expect(policies("overlap=queue(3)")?.overlap == .queue(3) && policies("overlap=replace")?.overlap == .replace)
        #expect(policies("load-gate=psi(io, 40, 10m)")?.loadGate == LoadGate(.io, percent: 40, giveUp: .seconds(600)))
        #expect(policies("load-gate=none name=a")?.loadGate == .some(nil))
    }

    @Test(arguments: [
        "name=", "name=-a", "name=a.b", "name=ä", "overlap=maybe", "max-running=0", "max-running=-1", "max-running=99999999999999999999",
        "grace=", "grace=5", "grace=5x", "grace=m", "grace=1m1h", "grace=1m1m", "grace=99999999999999999999d", "catch-up=all()",
        "catch-up=all(0)", "catch-up=all(x)", "log=xml", "cwd=rel", "cwd=", "umask=9", "umask=1000", "umask=-1", "tz=No/Where", "tz=",
        "name=a name=b", "name=\"a", "name=\"a\"b", "name=a stray", "nmae=a", "x=1", "timeout=0s", "timeout=5", "timeout=0",
        "kill-after=none", "success-codes=", "success-codes=256", "success-codes=1,,2",
        "success-codes=1-3", "nice=20", "nice=-21", "nice=+1", "nice=--1", "nice=", "linger=maybe", "on-stop=wait", "limit-files=2",
        "limit-files=x", "limit-memory=64X", "limit-memory=1", "limit-memory=-1M", "limit-memory=M", "limit-memory=99999999T",
        "limit-cpu=0",
        "limit-cpu=.5", "limit-cpu=1.", "limit-cpu=1.2345", "limit-cpu=0.001", "limit-cpu=1,5", "limit-address-space=1023K",
        "limit-cpu-time=0s", "no-new-privs=1", "no-new-privs=", "overlap=queue", "overlap=queue()", "overlap=queue(0)", "overlap=queue(-1)",
        "overlap=queue(x)",
        "overlap=queue(10001)", "overlap=replace(1)", "load-gate=psi", "load-gate=psi(cpu, 50)", "load-gate=psi(disk, 50, 1m)",
        "load-gate=psi(cpu, 101, 1m)", "load-gate=psi(cpu, 50, 0s)", "load-gate=psi(cpu, 50%, 1m)", "load-gate=50",
        "dialect=nope", "attempts=0", "attempts=x", "backoff=10s", "backoff=fixed()", "backoff=fixed(10s, 5m)", "backoff=exponential(10s)",
        "backoff=exponential(5m, 10s)", "backoff=exponential(0s, 10s)", "host=", "host=-a", "host=a/b", "host=\"a b\"", "store-down=wait",
    ])
    func badDirectiveMakesABadLine(_ text: String) {
        let table = read("# crond: \(text)\n0 0 * * * root x\n")
        #expect(table.entries.isEmpty)
        #expect(table.badLines.map(\.line) == [2])
        #expect(table.hasErrors)
    }

    @Test func furtherAttempts() {
        #expect(policies("attempts=3")?.retry == RetryPolicy(attempts: 3), "the backoff stays the usual one")
        #expect(policies("backoff=fixed(90s)")?.retry.backoff == .fixed(.seconds(90)))
        #expect(
            policies("attempts=2 backoff=exponential(20s, 5m) name=a")?.retry.backoff
                == .exponential(first: .seconds(20), cap: .seconds(300)))
        #expect(policies("backoff=exponential(1m,1h30m)")?.retry.backoff == .exponential(first: .seconds(60), cap: .seconds(5400)))
    }

    @Test("Whom a job's runs are told to") func hooks() throws {
        let set = try #require(policies("on-failure=https://ops.example/hook?a=b ping=http://hc.example:8000/x"))
        #expect(set.onFailure == WebURL("https://ops.example/hook?a=b") && set.ping == WebURL("http://hc.example:8000/x"))
        #expect(try #require(policies("ping=none on-failure=none")).hooks == nil)
        for text in ["ping=hc.example/x", "ping=", "ping=ftp://h/", "on-failure=\"http://h/a b\"", "on-failure=http://h/#x"] {
            #expect(read("# crond: \(text)\n0 0 * * * root x\n").badLines.count == 1, "\(text)")
        }
        #expect(messages(read("# crond: ping=hc.example/x\n0 0 * * * root x")).contains("takes an http:// or https:// URL"))
    }

    @Test func ends() throws {
        let set = try #require(policies("timeout=1h30m kill-after=0s success-codes=0,75,75,3 linger=kill on-stop=abandon"))
        #expect(set.timeout == .seconds(5_400) && set.killAfter == .zero)
        #expect(set.successCodes == ExitCodes([0, 3, 75]))
        #expect(set.linger == .kill && set.onStop == .abandon)
        #expect(policies("success-codes=\"2, 4\"")?.successCodes == ExitCodes([2, 4]))
        #expect(try #require(policies("timeout=none")).timeout == nil)
    }

    @Test func limits() throws {
        let set = try #require(
            policies("nice=-5 limit-files=64 limit-memory=64M limit-cpu=0.5 limit-address-space=2G limit-cpu-time=90s no-new-privs=yes"))
        #expect(set.nice == -5 && set.noNewPrivileges)
        #expect(set.limits.files == 64 && set.limits.memory == 64 << 20 && set.limits.milliCPU == 500)
        #expect(set.limits.addressSpace == 2 << 30 && set.limits.cpuTime == .seconds(90))
        #expect(policies("limit-cpu=2")?.limits.milliCPU == 2000 && policies("limit-cpu=0.25")?.limits.milliCPU == 250)
        let none = "limit-files=none limit-memory=none limit-cpu=none limit-address-space=none limit-cpu-time=none no-new-privs=no nice=0"
        #expect(policies(none)?.limits == ResourceLimits.none)
    }

    @Test("Defaults of the service hold where an entry says nothing; an entry's own word counts")
    func defaultsOfTheService() throws {
        var defaults = PolicyDefaults()
        #expect(defaults.set("timeout", to: "1h") == nil && defaults.set("nice", to: "5") == nil)
        #expect(defaults.set("linger", to: "maybe") == "expected keep or kill")
        #expect(defaults.set("frob", to: "1") != nil)
        var options = CrontabOptions(format: .system, zone: .utc, zones: ZoneDatabase(directory: ""), path: "t")
        options.policies = JobPolicies(defaults.values)
        let text = "# crond: timeout=none\n0 0 * * * root a\n# crond: name=b\n0 0 * * * root b\n0 0 * * * root c\n"
        let entries = Crontab(parsing: Array(text.utf8), options: options).entries
        #expect(entries[0].policies.values.timeout == nil && entries[0].policies.values.nice == 5)
        #expect(entries[1].policies === options.policies)
        #expect(entries[2].policies === JobPolicies.standard, "whoever has defaults puts them in its place")
    }

    @Test("A limit that cannot be kept here makes a bad line, where that is asked for")
    func unavailable() {
        var options = CrontabOptions(format: .system, zone: .utc, zones: ZoneDatabase(directory: ""), path: "t")
        options.unavailable = ["limit-memory": "no control group can be made"]
        let text = "# crond: limit-memory=64M\n0 0 * * * root a\n0 0 * * * root b\n"
        let table = Crontab(parsing: Array(text.utf8), options: options)
        #expect(table.entries.map(\.command) == ["b"] && table.badLines.map(\.line) == [2])
        #expect(table.diagnostics.first?.diagnostic.message.hasPrefix("limit-memory= cannot be kept: no control group") == true)
    }

    @Test func hosts() {
        #expect(policies("host=any")?.host == .any && policies("host=all")?.host == .all)
        #expect(policies("host=web-0.example")?.host == .named("web-0.example"))
    }

    @Test func exec() {
        #expect(policies("exec=shell")?.exec == .shell && policies("exec=auto")?.exec == .auto && policies("umask=0")?.exec == .auto)
        #expect(messages(read("# crond: exec=direct\n0 0 * * * root x")).contains("exec= takes auto or shell, not “direct”"))
    }

    @Test(arguments: ["hold", "local", "rank0", "skip"])
    func storeDown(_ policy: String) { #expect(policies("store-down=\(policy)")?.storeDown.rawValue == policy) }

    @Test func logKeep() {
        let sizes = ["0": 0, "4096": 4096, "4k": 4096, "64K": 65_536, "64KiB": 65_536, "1kb": 1024]
        for (text, size) in sizes { #expect(policies("log-keep=\(text)")?.logKeep == size, "\(text)") }
        for text in ["65k", "-1", "k", "4 k", "1.5k", "64t", "99999999999999999999", "9999999999g"] {
            #expect(!read("# crond: log-keep=\(text)\n0 0 * * * root x").badLines.isEmpty, "\(text)")
        }
    }

    @Test func publishingTakesTheInputOrElseTheCommandsText() throws {
        let table = read(
            """
            # crond: publish=amqp exchange=notices key=a.b
            0 0 * * * root text of it
            # crond: publish=amqp key=queue
            0 0 * * * root ignored%line one%line two
            0 0 * * * root plain

            """)
        #expect(table.diagnostics.isEmpty, "\(table.diagnostics.map(\.rendered))")
        #expect(
            table.entries.map { $0.publication(of: $0.command) } == [
                Publication(exchange: "notices", key: "a.b", content: "text of it"),
                Publication(key: "queue", content: "line one\nline two"), nil,
            ])
    }

    @Test(arguments: [
        ("publish=amqp", "needs exchange=, key= or both"), ("exchange=x", "belong to publish=amqp"), ("key=x", "belong to publish=amqp"),
        ("publish=redis key=x", "publish= takes amqp"), ("publish=amqp key=\"a b\"", "key= takes 1 to 255 bytes without blanks"),
        ("publish=amqp exchange=", "exchange= takes"), ("publish=amqp key=x cwd=/tmp", "cwd= is about a process"),
        ("publish=amqp key=x limit-memory=64M", "limit-memory= is about a process"),
        ("publish=amqp publish=amqp key=x", "is set twice"),
    ])
    func whatDoesNotGoTogetherIsABadLine(_ directives: String, _ message: String) {
        let table = read("# crond: \(directives)\n0 0 * * * root x")
        #expect(table.entries.isEmpty && table.badLines.count == 1)
        #expect(messages(table).contains(message), "\(messages(table))")
    }

    @Test func withABrokerThingsOfRunsHoldForItToo() {
        let table = read("# crond: publish=amqp key=x attempts=3 grace=1h overlap=skip timeout=10s name=n tz=UTC\n0 0 * * * root x")
        #expect(table.diagnostics.isEmpty && table.entries.first?.policies.values.retry.attempts == 3)
    }

    @Test func didYouMean() {
        let table = read("# crond: overlp=skip\n0 0 * * * root x")
        #expect(table.diagnostics.first?.diagnostic.suggestion == "overlap=")
    }

    @Test func severalLinesStack() throws {
        let table = read("# crond: name=a\n# a plain comment\n#crond:   overlap=skip\n0 0 * * * root x\n0 0 * * * root y")
        #expect(table.diagnostics.isEmpty)
        #expect(table.entries.map(\.directives.name) == ["a", nil])
        #expect(table.entries.first?.policies.values.overlap == .skip)
        #expect(table.entries.last?.directives == Directives.none)
    }

    @Test(arguments: ["\n", "A=1\n", "  \n"])
    func blankLineOrAssignmentEndsThem(_ between: String) {
        let table = read("# crond: name=a\n\(between)0 0 * * * root x\n")
        #expect(table.entries.map(\.directives.name) == [nil])
        #expect(table.diagnostics.map(\.line) == [1])
        #expect(!table.hasErrors)
    }

    @Test func faultsBelowABadDirectiveAreTold() {
        for (line, word) in [
            ("60 * * * * root y", "minute 60"), ("foo", "no entry"), ("A=\"b", "no assignment"), ("0 0 * * * root", "no command"),
            ("0 0 * * * root y", "does not run, because of the directive in line 1"),
        ] {
            let table = read("# crond: frob=1\n\(line)\n")
            #expect(table.diagnostics.map(\.line) == [1, 2] && table.diagnostics.allSatisfy(\.isError), "\(line)")
            #expect(table.badLines.map(\.line) == [2] && table.entries.isEmpty)
            #expect(messages(table).contains("there is no directive frob="))
            #expect(table.diagnostics.last?.diagnostic.message.contains(word) == true, "\(messages(table))")
        }
        #expect(read("# crond: name=a\n# crond: x=1\n0 0 * * * root y").diagnostics.last?.diagnostic.message.contains("line 2") == true)
    }

    @Test(arguments: ["# crond: frob=1\n\n", "# crond: frob=1\nA=1\n", "# crond: frob=1"])
    func aBadDirectiveAboveNothingIsOneError(_ text: String) {
        #expect(read(text).diagnostics.map(\.line) == [1] && read(text).hasErrors)
    }

    @Test(arguments: [
        "# crond: dialect=ocps dialect=ocps", "# crond: dialect=ocps\n\n# crond: dialect=vixie",
        "# crond: dialect=nope\n# crond: dialect=ocps",
    ])
    func dialectTwice(_ text: String) {
        let table = read(text + "\n0 0 * * * root y\n")
        #expect(messages(table).contains("dialect= stands"), "\(messages(table))")
        #expect(table.entries.isEmpty && table.badLines.count == 1)
    }

    @Test func faultsInAnUnknownDialectAreTold() {
        let table = read("# crond: dialect=nope\n60 * * * * root y\n0 0 * * * root z\n")
        #expect(table.diagnostics.map(\.line) == [1, 2, 3])
        #expect(table.diagnostics[1].diagnostic.message.contains("minute 60") && table.badLines.map(\.line) == [2, 3])
        let quartz = read("# crond: dialect=quarz\n0 0 12 ? * 1 root y\n0 0 12 ? * 8 root y\n")
        #expect(quartz.diagnostics.first?.diagnostic.suggestion == "quartz")
        #expect(quartz.diagnostics.map(\.line) == [1, 2, 3] && messages(quartz).contains("day of week 8"), "\(messages(quartz))")
    }

    @Test(arguments: ["# Crond: name=a", "# CROND: tz=UTC", "# crond : name=a", "#crond\t: timeout=5m"])
    func lookalikes(_ line: String) {
        let table = read(line + "\n0 0 * * * root x")
        #expect(table.entries.count == 1 && !table.hasErrors)
        #expect(messages(table).contains("not a directive"))
    }

    @Test func directiveAtTheEnd() {
        #expect(messages(read("# crond: name=a")).contains("no entry follows"))
    }

    @Test(arguments: ["# crond: hello", "# crond:", "# crond: see a=b"])
    func otherTextIsAComment(_ line: String) {
        let table = read(line + "\n0 0 * * * root x")
        #expect(table.entries.count == 1 && !table.hasErrors)
        #expect(table.diagnostics.count == 1)
    }

    @Test(arguments: ["# crond", "# crontab: a=b", "# crond name=a", "## crond: name=a", "# Crond: see x=1", "# Crond: x=1"])
    func plainComments(_ line: String) { #expect(read(line + "\n0 0 * * * root x").diagnostics.isEmpty) }

    @Test func namesAreUnique() {
        let table = read("# crond: name=a\n0 0 * * * root x\n# crond: name=a\n0 0 * * * root y\n")
        #expect(table.entries.count == 1)
        #expect(table.badLines.map(\.line) == [4])
        #expect(table.badLines.first?.name == "a")
    }

    @Test func aBadLineKeepsItsName() {
        let bad = read("# crond: name=a overlap=skip\n0 0 * * 99 root x").badLines.first
        #expect(bad?.name == "a" && bad?.directives.policies.overlap == .skip && bad?.text == "0 0 * * 99 root x")
    }

    @Test func tzWinsOverCRON_TZ() {
        let table = read("CRON_TZ=No/Where\n# crond: tz=UTC\n0 0 * * * root x\n0 0 * * * root y")
        #expect(table.entries.map(\.zoneName) == ["UTC"])
        #expect(table.badLines.map(\.line) == [4])
    }

    @Test func dialectOfTheFile() {
        let table = read("A=1\n\n# crond: dialect=quartz\n\n0 0 12 * * ? root x\n")
        #expect(table.diagnostics.isEmpty)
        #expect(table.dialect == .quartz)
        #expect(table.entries.map(\.command) == ["x"])
    }

    @Test func dialectBelowAnEntry() {
        let table = read("0 0 * * * root x\n# crond: dialect=ocps\n0 0 * * * root y\n")
        #expect(table.dialect == .vixie)
        #expect(table.badLines.map(\.line) == [3])
    }

}
