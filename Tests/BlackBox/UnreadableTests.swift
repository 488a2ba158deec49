internal import Glibc
internal import Testing

@Suite("What cannot be read", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct UnreadableTests {
    @Test("A folder in the table's place stops no job, and is said once")
    func folderInItsPlace() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Plain.seconds + "* * * * * ? echo going\n")
            try await service.expectOutput("going")
            unlink(plain.table)
            plain.folder.folder("crontab")
            try await service.expect("a file of the table cannot be used", within: .seconds(10))
            let count = service.outputs.count
            try await eventually("more runs", within: .seconds(10)) { service.outputs.count >= count + 3 }
            #expect(service.log("job removed").isEmpty)
            #expect(service.log("a file of the table cannot be used").count == 1)
        }
    }

    @Test("A writer who pauses for longer than a look takes no line away meanwhile")
    func slowWriter() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                Plain.seconds + "# crond: name=a\n* * * * * ? echo a\n# crond: name=b\n* * * * * ? echo b\n")
            try await service.expectOutput("b")
            plain.folder.write("c", "# crond: name=c\n* * * * * ? echo c\n")
            plain.folder.write("all", plain.folder.read("crontab") + plain.folder.read("c"))
            try await Program.shell(
                "cd \(plain.folder.path); (head -n 4 all; sleep 1.5; tail -n +5 all) > crontab")
            try await service.expect("job added", ["job": "c"], within: .seconds(10))
            #expect(service.log("job removed").isEmpty)
            #expect(service.log("table loaded").count == 1)
        }
    }

    @Test("No secret of a store setting is shown, and a missing secret file ends the start with 78")
    func secrets() async throws {
        for wrong in ["reddis://user:pa55@host/0", "pa55"] {
            let shown = try await Program.verb("run", "--store", wrong, "/dev/null", "--format", "user")
            #expect(shown.code == 78 && !shown.errors.contains("pa55"), "\(shown.errors)")
        }
        try await Plain.use { plain in
            let missing = try await Program.run(
                ["env", "CROND_STORE_FILE=/nonexistent/secret", Program.crond, "run", "/dev/null", "--format", "user"])
            #expect(missing.code == 78 && missing.errors.contains("CROND_STORE_FILE=/nonexistent/secret"), "\(missing.errors)")
        }
    }
}
