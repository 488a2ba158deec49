import CLinux
import CronJobs
import CronTables
import Crontabs
import Glibc
import Testing

@Suite("Writing the table's files") struct TableWriterTests {
    private func folder() throws -> String {
        var template = Array("/tmp/writer-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func content(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes[..<max(0, count)], as: UTF8.self)
    }

    private func write(_ text: String, to path: String) -> String? { TableWriter.write(TableFile(path: path, content: Array(text.utf8))) }

    @Test("Whoever has the file open reads all of the old one; owner and mode stay; nothing is left beside it") func whole() throws {
        let folder = try folder(), path = "\(folder)/table"
        defer {
            unlink(path)
            rmdir(folder)
        }
        #expect(write("old\n", to: path) == nil)
        chmod(path, 0o640)
        if geteuid() == 0 { chown(path, 4321, 4322) }
        var before = stat(), after = stat()
        stat(path, &before)
        let reader = open(path, O_RDONLY)
        defer { close(reader) }
        #expect(write("new and longer\n", to: path) == nil)
        #expect(content(of: reader) == "old\n")
        stat(path, &after)
        #expect(after.st_mode == before.st_mode && after.st_uid == before.st_uid && after.st_gid == before.st_gid)
        let now = open(path, O_RDONLY)
        defer { close(now) }
        #expect(content(of: now) == "new and longer\n")
        #expect(access("\(path).crond-new", F_OK) != 0)
    }

    @Test("A file that is made anew has the mode of its revision, and is never open to more than that") func attributes() throws {
        let folder = try folder(), path = "\(folder)/table"
        defer {
            unlink(path)
            rmdir(folder)
        }
        for (given, wanted): (UInt32, UInt32) in [(0o600, 0o600), (0o640, 0o640), (0o4755, 0o755), (0o666, 0o644)] {
            let attributes = FileAttributes(
                mode: given, user: geteuid(), group: getegid(), extended: [.init(name: "user.note", value: [1, 2])])
            #expect(TableWriter.write(TableFile(path: path, content: [10], attributes: attributes)) == nil)
            var status = stat()
            stat(path, &status)
            #expect(UInt32(status.st_mode & 0o7777) == wanted)
            let there = TableReader.read(TableSource(files: [path], format: .user)).files.first?.attributes
            #expect(there?.extended.isEmpty == true || there?.extended == attributes.extended, "where the file system has them")
            unlink(path)
        }
        let foreign = FileAttributes(mode: 0o640, user: 4321, group: 4321)
        #expect(TableWriter.write(TableFile(path: path, content: [10], attributes: foreign)) == nil)
        var status = stat()
        stat(path, &status)
        #expect(status.st_uid == geteuid(), "another user would own a table of ours")
    }

    @Test("A symbolic link is neither written through nor removed") func link() throws {
        let folder = try folder(), path = "\(folder)/table", target = "\(folder)/target"
        defer {
            for name in [path, target] { unlink(name) }
            rmdir(folder)
        }
        #expect(write("old\n", to: target) == nil)
        symlink(target, path)
        #expect(write("new\n", to: path) != nil)
        #expect(TableWriter.remove(path) != nil)
        let there = open(path, O_RDONLY)
        defer { close(there) }
        #expect(content(of: there) == "old\n")
        #expect(TableWriter.remove("\(folder)/nothing") == nil)
    }
}
