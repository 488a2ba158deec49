// tidy: helper
internal import Glibc

/// A service that answers every connection's first words with the same, and keeps it open.
final class AnotherService: Sendable {
    let port: Int
    private let listener: Int32

    init(with answer: String) throws {
        self.listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        port = try RedisServer.freePort()
        var address = sockaddr_in(), yes: Int32 = 1
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        setsockopt(self.listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        let listener = self.listener
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        guard bound == 0, listen(listener, 8) == 0 else { throw Complaint("no listener") }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Words(listener, answer))
        pthread_create(
            &thread, nil,
            { raw in
                guard let raw else { return nil }
                Unmanaged<Words>.fromOpaque(raw).takeRetainedValue().serve()
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    private final class Words {
        let listener: Int32
        let answer: String

        init(_ listener: Int32, _ answer: String) {
            self.listener = listener
            self.answer = answer
        }

        func serve() {
            var clients: [Int32] = []
            while true {
                let client = accept(listener, nil, nil)
                guard client >= 0 else { break }
                clients.append(client)
                var buffer = [UInt8](repeating: 0, count: 64)
                if recv(client, &buffer, buffer.count, 0) > 0, !answer.isEmpty {
                    send(client, answer, answer.utf8.count, Int32(MSG_NOSIGNAL))
                }
            }
            for client in clients { close(client) }
            close(listener)
        }
    }
}
