internal import Glibc
internal import Testing

@Suite("Editing the table while the service runs", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct EditTests {
    private static let table =
        Plain.seconds + """
            # crond: name=steady
            * * * * * ? root echo "$CRON_RUN_ID ${CRON_MISSED:-0}" >> $OUT/steady
            # crond: name=long overlap=skip
            * * * * * ? root echo $CRON_RUN_ID >> $OUT/long; while [ ! -e $OUT/go ]; do sleep 0.1; done; echo undisturbed

            """

    /// Every second between the first and the last that ran is accounted for, and none twice. Each line is a process's own: one that is starved
    /// writes it behind the next one's.
    private static func expectEverySecond(_ lines: [String]) throws {
        let runs = try lines.map { line in
            let words = line.split(separator: " ")
            let second = try #require(words.first?.split(separator: "@").last.flatMap { Int($0) })
            return (second: second, missed: try #require(words.last.flatMap { Int($0) }))
        }.sorted { $0.second < $1.second }
        for (before, run) in zip(runs, runs.dropFirst()) { #expect(run.second - run.missed - 1 == before.second, "\(lines)") }
    }

    @Test("Each way of editing is acted on within two seconds, and disturbs nothing else", arguments: Edit.allCases)
    func edit(_ edit: Edit) async throws {
        try await Container.use { container in
            let folder = container.folder
            try await container.freshRoot(Self.table)
            try await edit.prepare(folder.path)
            let service = try await container.start(setup: edit.setup(folder.path))
            try await eventually("the first runs") { !folder.lines("out/steady").isEmpty && !folder.lines("out/long").isEmpty }

            let fresh = "# crond: name=fresh\n* * * * * ? root echo \"$CRON_RUN_ID ${CRON_MISSED:-0}\" >> $OUT/fresh\n"
            folder.write("new", Self.table + fresh)
            try await Program.shell(edit.command(folder.path, new: "\(folder.path)/new", container: service.pid))
            let added = try await service.expect("job added", ["job": "fresh"], within: .seconds(10))
            #expect(added["next"] != nil && added["at"] == "/etc/crontab:8", "\(added)")
            try await eventually("the new line's run", within: .seconds(10)) { !folder.lines("out/fresh").isEmpty }

            #expect(service.log("job removed").isEmpty && service.log("job changed").isEmpty, "unchanged lines are left alone")
            #expect(folder.lines("out/long").count == 1, "the running job still counts for its line")
            folder.write("out/go", "")
            try await service.expectOutput("undisturbed", within: .seconds(10))
            #expect(try await service.stop() == 0)
            try Self.expectEverySecond(folder.lines("out/steady"))
            try Self.expectEverySecond(folder.lines("out/fresh"))
        }
    }

    @Test("Where the kernel gives no event, an edit is noticed within 15 seconds")
    func withoutEvents() async throws {
        try await Container.use { container in
            let folder = container.folder.path
            try await container.freshRoot(Self.table)
            // Who writes below an overlay changes the file that is seen through it, and nobody who watches the overlay is told.
            let service = try await container.start(
                setup: """
                    mkdir \(folder)/upper \(folder)/work
                    mount -t overlay none -o lowerdir=\(folder)/etc,upperdir=\(folder)/upper,workdir=\(folder)/work /etc
                    """)
            try await eventually("the first run") { !container.folder.lines("out/steady").isEmpty }
            container.folder.write("new", Self.table + "# crond: name=fresh\n0 0 0 1 1 ? root true\n")
            try await Program.shell("cat \(folder)/new > \(folder)/etc/crontab")
            try await service.expect("job added", ["job": "fresh"], within: .seconds(25))
            #expect(service.log("job removed").isEmpty && service.log("job changed").isEmpty, "unchanged lines are left alone")
            container.folder.write("out/go", "")
            #expect(try await service.stop() == 0)
            try Self.expectEverySecond(container.folder.lines("out/steady"))
        }
    }

    @Test("A removed line no longer runs, a changed one runs as it is now, and each is said in one line")
    func removeAndChange() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                Plain.seconds + "# crond: name=a\n* * * * * ? echo a1\n# crond: name=b\n* * * * * ? echo b1\n")
            try await service.expectOutput("a1")
            try await service.expectOutput("b1")
            plain.folder.write("crontab", Plain.seconds + "# crond: name=b\n* * * * * ? echo b2\n")
            try await service.expect("job removed", ["job": "a"], within: .seconds(10))
            try await service.expect("job changed", ["job": "b"], within: .seconds(10))
            try await service.expectOutput("b2", within: .seconds(10))
            let before = service.outputs.filter { $0 == "a1" }.count
            try await eventually("two more runs of b") { service.outputs.filter { $0 == "b2" }.count >= 3 }
            #expect(service.outputs.filter { $0 == "a1" }.count <= before + 1)
            #expect(service.log("job removed").count == 1 && service.log("job changed").count == 1)
        }
    }

    @Test("A line that breaks keeps its last good version, and shows as stale")
    func lastGood() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Plain.seconds + "# crond: name=a\n* * * * * ? echo good\n")
            try await service.expectOutput("good")
            plain.folder.write("crontab", Plain.seconds + "# crond: name=a\n* * * * 77 ? echo broken\n")
            let bad = try await service.expect("bad line", within: .seconds(10))
            #expect(bad["detail"]?.contains("^") == true)
            let count = service.outputs.count
            try await eventually("more runs of the good version", within: .seconds(10)) { service.outputs.count >= count + 2 }
            let status = try await plain.verb("status", "--json")
            #expect(status.out.contains("\"staleJobs\":[\"a\"]"), "\(status.out)")
        }
    }

    @Test("Deleting the file is no edit: its jobs go on, with one warning")
    func deleted() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Plain.seconds + "* * * * * ? echo going\n")
            try await service.expectOutput("going")
            unlink(plain.table)
            try await eventually("the warning", within: .seconds(10)) {
                service.log.contains { $0["level"] == "warning" && $0.message.contains("deleted") }
            }
            let count = service.outputs.count
            try await eventually("more runs", within: .seconds(10)) { service.outputs.count >= count + 2 }
            #expect(service.log.filter { $0.message.contains("deleted") }.count == 1)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Emptying the file is an edit: nothing runs any more, and the lines are kept as a revision")
    func emptied() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Plain.seconds + "# crond: name=a\n* * * * * ? echo going\n")
            try await service.expectOutput("going")
            plain.folder.write("crontab", "")
            try await service.expect("job removed", ["job": "a"], within: .seconds(10))
            #expect(try await plain.verb("table", "show", "1").out.contains("echo going"))
        }
    }

    @Test("HUP and the verb reload read the table again")
    func reload() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=a\n0 0 1 1 * true\n")
            plain.folder.write("crontab", "# crond: name=a\n0 0 1 1 * true\n# crond: name=b\n0 0 1 1 * true\n")
            let answer = try await plain.verb("reload")
            #expect(answer.code == 0)
            #expect(answer.out.hasPrefix("revision 2"))
            try service.signal(SIGHUP)
            try await service.expect("asked to read the table again")
            try await service.expect("job added", ["job": "b"])
            #expect(service.log("job added").count == 1)
        }
    }

    @Test("PID 1 passes HUP on, and a new drop-in file is noticed")
    func containerReload() async throws {
        try await Container.use { container in
            try await container.freshRoot("0 0 1 1 * root true\n")
            container.folder.folder("etc/cron.d")
            let service = try await container.start()
            try service.signal(SIGHUP)
            try await service.expect("asked to read the table again")
            container.folder.write("etc/cron.d/extra", "# crond: name=extra\n0 0 1 1 * root true\n")
            try await service.expect("job added", ["job": "extra"], within: .seconds(10))
        }
    }

    @Test("At start each job is listed with its place and its next fire time, unless there are very many")
    func listing() async throws {
        try await Plain.use { plain in
            let lines = (1...100).map { "# crond: name=job-\($0)\n0 0 1 1 * true\n" }
            let service = try await plain.start(lines.joined())
            let listed = service.log("job loaded")
            #expect(listed.count == 100)
            #expect(listed.last?["job"] == "job-100" && listed.last?["at"] == "\(plain.table):200" && listed.last?["next"] != nil)
            #expect(try await service.stop() == 0)
            let large = try await plain.start(lines.joined() + "0 0 1 1 * true\n")
            #expect(large.log("job loaded").isEmpty && large.log("ready").first?["jobs"] == "101")
        }
    }

    @Test("Many HUPs are folded: one line for each look")
    func folding() async throws {
        try await Plain.use { plain in
            let service = try await plain.start((1...20_000).map { "\($0 % 60) 0 1 1 * echo \($0)\n" }.joined())
            for _ in 0..<500 { try service.signal(SIGHUP) }
            try await service.expect("asked to read the table again")
            #expect(try await plain.verb("reload").code == 0)
            // How many looks there are while they come is the machine's affair.
            #expect(service.log("asked to read the table again").count < 100)
        }
    }

    @Test("Raw output without a last newline does not run into a line of ours")
    func rawOutput() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=raw log=raw\n@reboot printf 'no newline' >&2\n")
            try await service.expect("job finished", ["job": "raw"])
            #expect(service.errors.split(separator: "\n").contains("no newline"), "\(service.errors)")
        }
    }
}
