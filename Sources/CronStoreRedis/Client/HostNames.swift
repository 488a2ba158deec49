internal import Glibc
internal import LinuxEvents
internal import NIOCore

/// A host whose address nobody knows now.
struct UnknownHost: Error, CustomStringConvertible {
    var host: String
    var code: Int32

    var description: String { "\(host): \(String(cString: gai_strerror(code)))" }
}

/// Looks hosts up, which may take its time, on a thread that exists from the start.
final class HostNames: Sendable {
    private let thread = ThreadExecutor()

    deinit { thread.stop() }

    func look(up host: String, port: Int, for promise: EventLoopPromise<[SocketAddress]>) {
        Task(executorPreference: thread) {
            do throws(UnknownHost) {
                promise.succeed(try Self.addresses(of: host, port: port))
            } catch {
                promise.fail(error)
            }
        }
    }

    /// In the order in which they are to be tried. Blocks.
    private static func addresses(of host: String, port: Int) throws(UnknownHost) -> [SocketAddress] {
        var wanted = addrinfo()
        wanted.ai_socktype = Int32(SOCK_STREAM.rawValue)
        wanted.ai_protocol = Int32(IPPROTO_TCP)
        var first: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &wanted, &first)
        guard code == 0 else { throw UnknownHost(host: host, code: code) }
        defer { freeaddrinfo(first) }
        var found: [SocketAddress] = []
        var next = first
        while let info = next?.pointee {
            if let bytes = UnsafeRawPointer(info.ai_addr) {
                switch info.ai_family {
                case AF_INET: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in.self), host: host))
                case AF_INET6: found.append(SocketAddress(bytes.loadUnaligned(as: sockaddr_in6.self), host: host))
                default: break
                }
            }
            next = info.ai_next
        }
        return found
    }
}
