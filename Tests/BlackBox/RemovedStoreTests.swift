internal import Glibc
internal import Testing

@Suite("A store whose file is taken away", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct RemovedStoreTests {
    private static let table = Plain.seconds + "# crond: name=tick\n* * * * * ? echo tick\n"

    @Test("Removed: one line says so, it is made again with its history, and no second service gets in")
    func removed() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            try await service.expectOutput("tick")
            try await Program.shell("rm -r \(plain.folder.path)/store")
            let line = try await service.expect("the store's file was removed while it is in use: it is made again with all that it held")
            #expect(line["level"] == "error" && line["remedy"] != nil && line["path"]?.hasSuffix("/ledger.db") == true)
            let second = try await plain.start(nil, ["--socket", "none"], waits: false)
            try await second.expect("another service holds the ledger; waiting for it")
            let count = service.outputs.count
            try await eventually("more runs") { service.outputs.count >= count + 2 }
            second.destroy()
            #expect(service.log("the store failed; jobs wait until it works").isEmpty)
            #expect(service.log.count { $0["level"] == "error" } == 1)
            #expect(try await service.stop() == 0)
            #expect(try await plain.storeVerb("table", "log").lines.count == 1)
        }
    }

    @Test("Replaced: jobs wait, one line says what to do, status shows it, and the other file's going lets them go on")
    func replaced() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(Self.table)
            try await service.expectOutput("tick")
            let path = "\(plain.folder.path)/store/ledger.db"
            try await Program.shell("echo other > \(path).new; mv \(path).new \(path)")
            let failed = try await service.expect("the store failed; jobs wait until it works")
            #expect(failed["reason"]?.contains("another file has this name") == true, "\(failed)")
            #expect(try await plain.verb("status").out.contains("degraded   the store fails"))
            let count = service.outputs.count
            try await Task.sleep(for: .milliseconds(2500))
            #expect(service.outputs.count <= count + 1)
            #expect(plain.folder.read("store/ledger.db") == "other\n")
            unlink(path)
            try await service.expect("the store works again", within: .seconds(10))
            #expect(service.log("the store failed; jobs wait until it works").count == 1)
            #expect(try await service.stop() == 0)
        }
    }
}
