import CLinux
import CronJobs
import Glibc
import Testing

@testable import Crontabs

@Suite("A file's access list") struct AccessListTests {
    /// `user::rw-, user:1234:PERMISSIONS, group::---, mask::MASK, other::---`, as the kernel keeps it.
    private func list(_ permissions: UInt8, mask: UInt8) -> [UInt8] {
        let none: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        let entries: [[UInt8]] = [
            [0x01, 0, 6, 0] + none, [0x02, 0, permissions, 0, 0xD2, 0x04, 0, 0], [0x04, 0, 0, 0] + none, [0x10, 0, mask, 0] + none,
            [0x20, 0, 0, 0] + none,
        ]
        return [2, 0, 0, 0] + entries.joined()
    }

    private func list(of path: String) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 256)
        let count = getxattr(path, FileAttributes.accessList, &value, value.count)
        return count < 0 ? [] : Array(value[..<count])
    }

    private func inFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/access-list-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink("\(folder)/table")
            rmdir(folder)
        }
        try body(folder)
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test("It goes with the file, when it is replaced and when it is made anew; nobody can read it who could not") func kept() throws {
        try inFolder { folder in
            let path = "\(folder)/table", text = Array("@daily x\n".utf8)
            let made = FileReplacement.write(text, to: path, attributes: FileAttributes(mode: 0o600, user: geteuid(), group: getegid()))
            #expect(made == nil)
            let wanted = list(4, mask: 4)
            guard setxattr(path, FileAttributes.accessList, wanted, wanted.count, 0) == 0 else { return }
            #expect(mode(path) == 0o640, "the bound of the list stands where the group's bits are")
            let file = open(path, O_RDONLY | O_CLOEXEC)
            var status = stat()
            fstat(file, &status)
            let attributes = FileAttributes(of: file, status)
            close(file)
            #expect(FileAttributes(attributes.text) == attributes)
            #expect(FileReplacement.write(text + text, to: path) == nil)
            #expect(list(of: path) == wanted && mode(path) == 0o640)
            unlink(path)
            #expect(FileReplacement.write(text, to: path, attributes: attributes) == nil)
            #expect(list(of: path) == wanted && mode(path) == 0o640)
        }
    }

    @Test("What could be written by others is made anew so that nobody but its owner can") func tightened() throws {
        try inFolder { folder in
            let path = "\(folder)/table"
            let listed = FileAttributes.Extended(name: FileAttributes.accessList, value: list(6, mask: 6))
            let attributes = FileAttributes(mode: 0o660, user: geteuid(), group: getegid(), extended: [listed])
            #expect(FileReplacement.write(Array("@daily x\n".utf8), to: path, attributes: attributes) == nil)
            #expect(mode(path) & 0o022 == 0)
        }
    }
}
