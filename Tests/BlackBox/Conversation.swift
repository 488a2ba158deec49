// tidy: helper
import CronJobs
internal import Glibc

/// A connection to a service's control socket, in plain lines.
final class Conversation {
    private let descriptor: Int32
    private var bytes: [UInt8] = []

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix($0.count - 1)) }
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard connected == 0 else { throw Complaint("nobody listens on \(path): \(String(cString: strerror(errno)))") }
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    func send(_ line: String) throws {
        let bytes = Array(line.utf8) + [10]
        guard bytes.withUnsafeBytes({ Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) == bytes.count else {
            throw Complaint("the service takes no request")
        }
    }

    /// The next line; `nil` at the end.
    func next() async throws -> [String: JSONValue]? {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            if let end = bytes.firstIndex(of: 10) {
                let line = Array(bytes[..<end])
                bytes.removeFirst(end + 1)
                guard case .object(let fields) = try JSONReader.read(line) else { throw Complaint("no object: \(line)") }
                return fields
            }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let got = read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EAGAIN, ContinuousClock.now < deadline {
                // Other tests use this thread, too.
                try await Task.sleep(for: .milliseconds(5))
                continue
            }
            guard got >= 0 else { throw Complaint("the service says nothing more: \(String(cString: strerror(errno)))") }
            if got == 0 { return nil }
            bytes += buffer[..<got]
        }
    }

    /// All lines of the answer to a request.
    static func ask(_ path: String, _ line: String) async throws -> [[String: JSONValue]] {
        let conversation = try Conversation(path)
        try conversation.send(line)
        var lines: [[String: JSONValue]] = []
        while let line = try await conversation.next() { lines.append(line) }
        return lines
    }
}

extension JSONValue {
    subscript(name: String) -> JSONValue? { if case .object(let fields) = self { fields[name] } else { nil } }
    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Int64? { if case .number(let number) = self { number } else { nil } }
}
