internal import Glibc
internal import LinuxEvents

// The service's end of the control socket. Each connection brings one request line and takes one answer; the peer must be root or the
// service's own user. All of it is on the event loop, never blocking: an answer that a client does not take is written as it takes it.

/// Serves one request a connection.
final class ControlServer {
    /// Takes a request; its answer is given later through `answer`, with the same number.
    typealias Handler = (_ request: ControlRequest, _ number: Int) -> Void

    private static let requestLimit = 65_536
    private static let connectionLimit = 64
    private static let patience = Duration.seconds(30)

    private let loop: EventLoop
    private let handler: Handler
    private let path: String
    private let listener: Int32
    private var watch: Watch?
    private var connections: [Int: Connection] = [:]
    private var accepted = 0

    private final class Connection {
        let number: Int
        let descriptor: Int32
        var watch: Watch?
        var timeout: TimerToken?
        var request: [UInt8] = []
        var answer: [UInt8] = []
        var sent = 0

        init(number: Int, descriptor: Int32) {
            self.number = number
            self.descriptor = descriptor
        }
    }

    init(loop: EventLoop, path: String, handler: @escaping Handler) throws(SocketFailure) {
        self.loop = loop
        self.path = path
        self.handler = handler
        listener = try UnixSocket.listen(at: path).get()
        do {
            watch = try loop.watch(listener, .readable) { [unowned self] _ in accept() }
        } catch {
            Glibc.close(listener)
            throw SocketFailure("cannot watch \(path): \(error)", remedy: "give the machine more memory")
        }
    }

    func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
        for connection in connections.values { end(connection) }
        Glibc.close(listener)
        unlink(path)
    }

    private func accept() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { rest() }
                return
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            let peer = UnixSocket.peer(descriptor)
            guard connections.count < Self.connectionLimit, let peer, peer == 0 || peer == geteuid() else {
                Glibc.close(descriptor)
                continue
            }
            accepted += 1
            open(Connection(number: accepted, descriptor: descriptor))
        }
    }

    /// There is no room for a connection that waits, and the loop would tell of it again at once.
    private func rest() {
        guard let watch else { return }
        loop.setInterest(watch, [])
        loop.after(.seconds(1)) { [weak self] in
            if let self, let watch = self.watch { loop.setInterest(watch, .readable) }
        }
    }

    private func open(_ connection: Connection) {
        let number = connection.number
        connections[number] = connection
        do {
            connection.watch = try loop.watch(connection.descriptor, .readable) { [unowned self] _ in
                guard let connection = connections[number] else { return }
                if connection.answer.isEmpty { receive(connection) } else { send(connection) }
            }
            connection.timeout = loop.after(Self.patience) { [unowned self] in
                if let connection = connections[number] { end(connection) }
            }
        } catch {
            end(connection)
        }
    }

    private func end(_ connection: Connection) {
        guard connections.removeValue(forKey: connection.number) != nil else { return }
        if let watch = connection.watch { loop.unwatch(watch) }
        if let timeout = connection.timeout { loop.cancel(timeout) }
        Glibc.close(connection.descriptor)
    }

    private func receive(_ connection: Connection) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = read(connection.descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            if got < 0, errno == EAGAIN { return }
            if got > 0 { connection.request += buffer[..<got] }
            if let end = connection.request.firstIndex(of: UInt8(ascii: "\n")) {
                return serve(connection, Array(connection.request[..<end]))
            }
            guard got > 0, connection.request.count <= Self.requestLimit else { return self.end(connection) }
        }
    }

    private func serve(_ connection: Connection, _ line: [UInt8]) {
        if let watch = connection.watch { loop.setInterest(watch, []) }
        guard let request = ControlCoding.request(line) else {
            return answer(connection.number, ControlResponse(error: "the request is not one that this version of the service knows"))
        }
        handler(request, connection.number)
    }

    /// Answers a request; nothing happens if its client has gone.
    func answer(_ number: Int, _ response: ControlResponse) {
        guard let connection = connections[number] else { return }
        connection.answer = ControlCoding.line(response)
        send(connection)
    }

    private func send(_ connection: Connection) {
        while connection.sent < connection.answer.count {
            let written = connection.answer.withUnsafeBytes { bytes in
                Glibc.send(
                    connection.descriptor, bytes.baseAddress.map { $0 + connection.sent }, bytes.count - connection.sent,
                    Int32(MSG_NOSIGNAL))
            }
            if written < 0, errno == EINTR { continue }
            if written < 0, errno == EAGAIN {
                if let watch = connection.watch { loop.setInterest(watch, .writable) }
                return
            }
            guard written > 0 else { break }
            connection.sent += written
        }
        end(connection)
    }
}
