import CLinux
import CronExpressions
import Crontabs
import Glibc
import Testing

@Suite("A crontab file that is edited")
struct CrontabFileTests {
    /// A folder of its own, removed with what is in it.
    private func inFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/crontab-file-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            for name in names(folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        try body(folder)
    }

    private func names(_ folder: String) -> [String] {
        guard let handle = opendir(folder) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private func put(_ text: String, _ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        defer { close(descriptor) }
        _ = write(descriptor, text, text.utf8.count)
    }

    private func content(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        return String(decoding: bytes[..<max(0, read(descriptor, &bytes, bytes.count))], as: UTF8.self)
    }

    @Test("Written in one step: mode, owner and attributes stay, and nothing is left beside it") func oneStep() throws {
        try inFolder { folder in
            let path = "\(folder)/table"
            put("0 3 * * * x\n", path)
            chmod(path, 0o640)
            if geteuid() == 0 { chown(path, 4321, 4322) }
            let hasAttributes = setxattr(path, "user.note", "kept", 4, 0) == 0
            var before = stat(), after = stat()
            stat(path, &before)
            let reader = open(path, O_RDONLY)
            defer { close(reader) }
            try CrontabFile.edit(path, format: .user) { table in
                _ = try table.append(EntryDraft("@daily", command: "y"))
            }
            #expect(content(path) == "0 3 * * * x\n@daily y\n")
            stat(path, &after)
            #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_gid == before.st_gid)
            #expect(after.st_ino != before.st_ino)
            var old = [UInt8](repeating: 0, count: 100)
            #expect(read(reader, &old, old.count) == 12, "who has it open reads all of the old one")
            if hasAttributes { #expect(getxattr(path, "user.note", &old, old.count) == 4) }
            #expect(names(folder) == ["table"])
        }
    }

    @Test("What somebody else wrote meanwhile stays") func compareAndSwap() throws {
        try inFolder { folder in
            let path = "\(folder)/table"
            put("0 3 * * * x\n", path)
            var file = try CrontabFile(path, format: .user)
            try file.table.append(EntryDraft("@daily", command: "y"))
            put("0 4 * * * theirs\n", path)
            #expect(throws: CrontabFileError.self) { try file.save() }
            #expect(content(path) == "0 4 * * * theirs\n" && names(folder) == ["table"])
            // Gone is changed, too, and so is a file that came into being.
            unlink(path)
            #expect(throws: CrontabFileError.self) { try file.save() }
            #expect(names(folder) == [])
            var new = try CrontabFile(path, format: .user)
            try new.table.append(EntryDraft("@daily", command: "y"))
            put("0 4 * * * theirs\n", path)
            #expect(throws: CrontabFileError.self) { try new.save() }
            #expect(content(path) == "0 4 * * * theirs\n" && names(folder) == ["table"])
        }
    }

    @Test("An edit is made again with what is there then") func again() throws {
        try inFolder { folder in
            let path = "\(folder)/table"
            put("0 3 * * * x\n", path)
            var calls = 0
            try CrontabFile.edit(path, format: .user) { table in
                calls += 1
                if calls == 1 { put("0 4 * * * theirs\n", path) }
                _ = try table.append(EntryDraft("@daily", command: "ours"))
            }
            #expect(calls == 2 && content(path) == "0 4 * * * theirs\n@daily ours\n")
            #expect(throws: CrontabFileError.self) {
                try CrontabFile.edit(path, format: .user, attempts: 3) { table in
                    calls += 1
                    put("\(calls) 4 * * * theirs\n", path)
                    _ = try table.append(EntryDraft("@daily", command: "ours"))
                }
            }
            #expect(calls == 5 && content(path) == "5 4 * * * theirs\n")
        }
    }

    @Test("Many writers at once: no edit is lost") func manyWriters() async throws {
        var template = Array("/tmp/crontab-file-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = "\(folder)/table"
        defer {
            for name in names(folder) { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        put("", path)
        let written = await withTaskGroup(of: [String].self) { group in
            for writer in 0..<4 {
                group.addTask {
                    (0..<20).filter { number in
                        (try? CrontabFile.edit(path, format: .user, attempts: 10_000) { table in
                            _ = try table.append(EntryDraft("@daily", command: "w\(writer)-\(number)"))
                        }) != nil
                    }.map { "w\(writer)-\($0)" }
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        let there = try CrontabFile(path, format: .user).table.entries.map(\.command)
        #expect(Set(there) == Set(written) && there.count == written.count && written.count > 0)
    }

    @Test("A new file has the mode that was asked for; an edit that fails makes none") func new() throws {
        try inFolder { folder in
            let path = "\(folder)/table"
            #expect(throws: CrontabEditError.self) {
                try CrontabFile.edit(path, format: .user) { table in
                    _ = try table.append(EntryDraft("61 * * * *", command: "x"))
                }
            }
            #expect(names(folder) == [])
            var file = try CrontabFile(path, format: .user)
            try file.save()
            #expect(!file.isChanged && names(folder) == [])
            try file.table.append(EntryDraft("@daily", command: "x"))
            try file.save(mode: 0o600)
            var status = stat()
            stat(path, &status)
            #expect(status.st_mode & 0o7777 == 0o600 && !file.isChanged)
        }
    }

    @Test("A link is not written through, what is no file is not read, what cannot be written is said") func refused() throws {
        try inFolder { folder in
            let path = "\(folder)/table", link = "\(folder)/link"
            put("0 3 * * * x\n", path)
            symlink(path, link)
            var file = try CrontabFile(link, format: .user)
            try file.table.append(EntryDraft("@daily", command: "y"))
            #expect(throws: CrontabFileError.self) { try file.save() }
            #expect(content(path) == "0 3 * * * x\n")
            #expect(throws: CrontabFileError.self) { try CrontabFile(folder, format: .user) }
            mkfifo("\(folder)/pipe", 0o600)
            #expect(throws: CrontabFileError.self) { try CrontabFile("\(folder)/pipe", format: .user) }
            var nowhere = try CrontabFile("\(folder)/none/table", format: .user)
            try nowhere.table.append(EntryDraft("@daily", command: "y"))
            let error = #expect(throws: CrontabFileError.self) { try nowhere.save() }
            #expect(error.map { "\($0)".contains("cannot be written: No such file") } ?? false)
        }
    }
}
