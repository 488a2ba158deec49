import Glibc
import Testing

@testable import CronDaemon

@Suite("Whose socket has the path") struct UnixSocketTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/unix-socket-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer {
            unlink("\(folder)/socket")
            rmdir(folder)
        }
        try body(folder + "/socket")
    }

    /// A socket of some kind that has the path; it listens where its kind can.
    private func bound(_ path: String, _ kind: __socket_type) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(result == 0)
        if kind != SOCK_DGRAM { listen(descriptor, 1) }
        return descriptor
    }

    @Test("Another program's socket of another kind stays, and is told as what it is", arguments: ["datagrams", "packets"])
    func otherKinds(_ kind: String) throws {
        try inFolder { path in
            let other = try bound(path, kind == "packets" ? SOCK_SEQPACKET : SOCK_DGRAM)
            defer { close(other) }
            guard case .failure(let failure) = UnixSocket.listen(at: path) else {
                Issue.record("it was taken away")
                return
            }
            #expect(failure.remedy.contains("another program's socket"), "\(failure)")
            #expect(access(path, F_OK) == 0)
        }
    }

    @Test("A socket that nobody listens on any more makes way") func left() throws {
        try inFolder { path in
            close(try bound(path, SOCK_STREAM))
            guard case .success(let listener) = UnixSocket.listen(at: path) else {
                Issue.record("it was refused")
                return
            }
            close(listener.descriptor)
        }
    }
}
