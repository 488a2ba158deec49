import CronJobs
internal import Glibc
internal import Testing

@Suite("The doctor", .serialized, .inPlace, .timeLimit(.minutes(2)))
struct DoctorTests {
    /// Findings by their word, from `--json`.
    private func findings(_ result: Program.Result) throws -> [String: [JSONValue]] {
        let all = try result.lines.map { try JSONReader.read(Array($0.utf8)) }
        return Dictionary(grouping: all) { $0["what"]?.text ?? "" }
    }

    private func doctor(_ plain: Plain, _ words: String..., environment: [String: String] = [:]) async throws -> Program.Result {
        try await Program.run(
            [Program.crond, "doctor", plain.table, "--format", "user", "--store", plain.store, "--socket", plain.socket] + words,
            environment: environment)
    }

    private let everything = ["service", "zones", "store", "table", "users", "descriptors", "threads", "inotify", "pid1", "clocks"]

    @Test(
        "A setting on which the service would not start is told as the service tells it",
        arguments: [
            ("CROND_DRAIN", "x"), ("CROND_STRICT", "x"), ("CROND_SEED", "a b"), ("CROND_LOG_LEVEL", "x"), ("CROND_OVERLAP", "x"),
            ("CROND_NAME", "a b"), ("CROND_KEEP_OUTPUT", "x"),
            ("CROND_TZ", "x"), ("CROND_FORMAT", "x"),
        ])
    func settings(_ name: String, _ value: String) async throws {
        let own = name == "CROND_FORMAT" ? [] : ["--format", "user"]
        let doctor = try await Program.run([Program.crond, "doctor", "/nowhere"] + own, environment: [name: value])
        let run = try await Program.run([Program.crond, "run", "/nowhere"] + own, environment: [name: value])
        #expect(doctor.code == 78 && run.code == 78 && doctor.errors == run.errors && doctor.out.isEmpty, "\(doctor) \(run)")
        let check = try await Program.run([Program.crond, "check", "/nowhere"] + own, environment: [name: value])
        #expect(check.code == 78 && check.errors == run.errors && check.out.isEmpty, "\(check) \(run)")
        #expect(doctor.errors.hasPrefix("crond: \(name)=\(value): "), "\(doctor)")
    }

    @Test("check does not look for files that are where the service runs")
    func files() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "0 0 1 1 * true\n")
            let environment = [
                "CROND_STORE_FILE": "/nowhere/store", "CROND_AMQP_FILE": "/nowhere/amqp", "CROND_EVENTS": "events",
                "CROND_TABLE_KEY_FILE": "/nowhere/key",
            ]
            let check = try await Program.run([Program.crond, "check", plain.table, "--format", "user"], environment: environment)
            #expect(check.code == 0 && check.errors.isEmpty, "\(check)")
        }
    }

    @Test("Without a service it looks at the start of one, says ok or what to do in each line, and leaves nothing behind")
    func withoutService() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "# crond: name=a\n0 0 1 1 * true\n")
            let before = try await Program.shell("cd \(plain.folder.path); find . ! -name out-\\* -printf '%p %s %T@ %m\\n' | sort")
            let result = try await doctor(plain, "--json")
            #expect(try await Program.shell("cd \(plain.folder.path); find . ! -name out-\\* -printf '%p %s %T@ %m\\n' | sort") == before)
            let found = try findings(result)
            for what in everything { #expect(found[what]?.isEmpty == false, "\(what): \(result)") }
            #expect(found["table"]?.first?["text"]?.text?.contains("1 entry") == true)
            let todo = found.values.joined().filter { $0["verdict"]?.text == "todo" }
            #expect(todo.allSatisfy { $0["remedy"]?.text?.isEmpty == false })
            #expect(result.code == (todo.isEmpty ? 0 : 1), "\(result)")
        }
    }

    @Test("With a service it shows that it answers, and why it is degraded; a bad line and an unknown zone are said with what to do")
    func withService() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=a\n0 0 1 1 * true\n61 * * * * true\n")
            let result = try await doctor(plain, "--json", environment: ["TZ": "Mars/Olympus"])
            let found = try findings(result)
            #expect(result.code == 1)
            #expect(found["service"]?.first?["verdict"]?.text == "ok", "\(result)")
            #expect(
                found["table"]?.contains { $0["verdict"]?.text == "todo" && $0["text"]?.text?.contains("1 bad line") == true } == true,
                "\(result)")
            #expect(found["zones"]?.first?["verdict"]?.text == "todo")
            #expect(found["store"]?.first?["text"]?.text?.contains("in use") == true, "\(result)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Anybody may ask it: as another user it says what it cannot see, and what that user could not write")
    func asAnybody() async throws {
        try Privileges.requireRoot()
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=a\n0 0 1 1 * true\n")
            let copy = "\(plain.folder.path)/out/crond"
            try await Program.shell("cp \(Program.crond) \(copy); chmod 755 \(copy)")
            let result = try await Program.run(
                [
                    "setpriv", "--reuid", "4321", "--regid", "4321", "--clear-groups", copy, "doctor", plain.table, "--json", "--socket",
                    plain.socket, "--store", plain.store,
                ])
            let found = try findings(result)
            #expect(result.code == 1, "\(result)")
            #expect(found["service"]?.first?["verdict"]?.text == "unknown", "\(result)")
            #expect(found["store"]?.first?["verdict"]?.text == "todo", "\(result)")
            #expect(found["users"]?.first?["text"]?.text?.contains("4321") == true, "\(result)")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("In a user namespace with nobody else lines run as the service's user, which the doctor says with what to do, and the start once")
    func userNamespace() async throws {
        let inside = ["unshare", "--user", "--map-root-user"]
        guard try await Program.run(inside + ["true"]).code == 0 else { try Privileges.skip("user namespaces cannot be made here") }
        try await Plain.use { plain in
            plain.folder.write("crontab", "# crond: every=1s name=a\n@every nobody id -u\n")
            let words = [plain.table, "--format", "system", "--store", "memory:", "--socket", plain.socket]
            let doctor = try await Program.run(inside + [Program.crond, "doctor", "--json"] + words)
            #expect(try findings(doctor)["users"]?.first?["verdict"]?.text == "todo", "\(doctor)")
            let service = try plain.launch(inside + [Program.crond, "run"] + words, environment: [:], isContained: false)
            try await service.expect("not allowed to become another user: its lines run as the service's own", ["user": "nobody"])
            try await service.expect("job finished", ["job": "a", "outcome": "succeeded"])
            // What jobs write goes to another stream than our own words.
            try await service.expectOutput("0")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("It reads for people, too; a table of a stranger and a setting that cannot be used are named")
    func text() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "0 0 1 1 * true\n")
            chmod(plain.table, 0o666)
            let result = try await doctor(plain)
            #expect(result.code == 1)
            let line = try #require(result.lines.firstIndex { $0.hasPrefix("to do  table") }, "\(result)")
            #expect(result.lines[line].contains("writable") && result.lines[line + 1].contains("-> "), "\(result)")
            #expect(try await doctor(plain, "--name", "a b").code == 78)
            #expect(try await doctor(plain, "--nonsense").code == 64)
        }
    }
}
