internal import Glibc
internal import LinuxEvents

// The service's end of the control socket. Each connection brings one request line and takes one answer; the peer must be root or the
// service's own user. All of it is on the event loop, never blocking: an answer that a client does not take is written as it takes it.
//
//     open ──request line──▶ asked ──answer──▶ answering ──all sent──▶ ended
//       └── 5 s ──▶ ended      └──────────── 60 s ────────────▶ ended
//
// Bounds, whatever clients do: connections; bytes of a request; bytes of answers that wait to be taken; connections, and bytes, a wake-up.
// Where all connections are taken, the oldest that has not asked yet makes room.

/// Serves one request a connection.
final class ControlServer {
    /// Takes a request; its answer is given later through `answer`, with the same number.
    typealias Handler = (_ request: ControlRequest, _ number: Int) -> Void

    private static let requestLimit = 65_536
    private static let connectionLimit = 64
    private static let acceptsPerWakeUp = 16
    private static let bytesPerWakeUp = 256 * 1024
    /// Of all answers that are not the newest.
    private static let untakenLimit = 64 << 20
    private static let patience = (request: Duration.seconds(5), answer: Duration.seconds(60))

    private let loop: EventLoop
    private let handler: Handler
    private let listener: UnixSocket.Listener
    private var watch: Watch?
    private var connections: [Int: Connection] = [:]
    private var accepted = 0

    private final class Connection {
        let number: Int
        let descriptor: Int32
        var watch: Watch?
        var timeout: TimerToken?
        var request: [UInt8] = []
        var hasAsked = false
        var answer: [UInt8] = []
        var sent = 0

        init(number: Int, descriptor: Int32) {
            self.number = number
            self.descriptor = descriptor
        }
    }

    init(loop: EventLoop, path: String, handler: @escaping Handler) throws(SocketFailure) {
        self.loop = loop
        self.handler = handler
        listener = try UnixSocket.listen(at: path).get()
        do {
            watch = try loop.watch(listener.descriptor, .readable) { [unowned self] _ in accept() }
        } catch {
            Glibc.close(listener.descriptor)
            listener.file.remove()
            throw SocketFailure("cannot watch \(path): \(error)", remedy: "give the machine more memory")
        }
    }

    func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
        for connection in connections.values { end(connection) }
        Glibc.close(listener.descriptor)
        listener.file.remove()
    }

    private func accept() {
        for _ in 0..<Self.acceptsPerWakeUp {
            let descriptor = Glibc.accept(listener.descriptor, nil, nil)
            guard descriptor >= 0 else {
                if [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) { rest() }
                return
            }
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            let peer = UnixSocket.peer(descriptor)
            guard let peer, peer == 0 || peer == geteuid() else {
                Glibc.close(descriptor)
                continue
            }
            guard makeRoom() else {
                ControlCoding.line(ControlResponse.busy).withUnsafeBytes {
                    _ = Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                Glibc.close(descriptor)
                continue
            }
            accepted += 1
            open(Connection(number: accepted, descriptor: descriptor))
        }
    }

    /// Sees to it that one more connection can be kept.
    private func makeRoom() -> Bool {
        guard connections.count >= Self.connectionLimit else { return true }
        guard let oldest = connections.values.filter({ !$0.hasAsked }).min(by: { $0.number < $1.number }) else { return false }
        end(oldest)
        return true
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
            setTimeout(connection, Self.patience.request)
        } catch {
            end(connection)
        }
    }

    private func setTimeout(_ connection: Connection, _ limit: Duration) {
        if let timeout = connection.timeout { loop.cancel(timeout) }
        let number = connection.number
        connection.timeout = loop.after(limit) { [unowned self] in
            if let connection = connections[number] { end(connection) }
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
        connection.hasAsked = true
        connection.request = []
        setTimeout(connection, Self.patience.answer)
        guard let request = ControlCoding.request(line) else {
            let response = ControlResponse(error: "the request is not one that this version of the service knows")
            return answer(connection.number, ControlCoding.line(response))
        }
        handler(request, connection.number)
    }

    /// Answers a request with a line; nothing happens if its client has gone.
    func answer(_ number: Int, _ line: [UInt8]) {
        guard let connection = connections[number] else { return }
        dropUntaken(before: number)
        connection.answer = line
        send(connection)
    }

    /// Clients that ask and do not read keep no more than a bounded number of bytes.
    private func dropUntaken(before number: Int) {
        var untaken = connections.values.reduce(0) { $0 + $1.answer.count }
        for connection in connections.values.sorted(by: { $0.number < $1.number }) where untaken > Self.untakenLimit {
            untaken -= connection.answer.count
            if !connection.answer.isEmpty, connection.number != number { end(connection) }
        }
    }

    private func send(_ connection: Connection) {
        var left = Self.bytesPerWakeUp
        while connection.sent < connection.answer.count {
            let written =
                left <= 0
                ? -1
                : connection.answer.withUnsafeBytes { bytes in
                    Glibc.send(
                        connection.descriptor, bytes.baseAddress.map { $0 + connection.sent }, min(left, bytes.count - connection.sent),
                        Int32(MSG_NOSIGNAL))
                }
            if written < 0, left > 0, errno == EINTR { continue }
            if written < 0, left <= 0 || errno == EAGAIN {
                if let watch = connection.watch { loop.setInterest(watch, .writable) }
                return
            }
            guard written > 0 else { break }
            connection.sent += written
            left -= written
        }
        end(connection)
    }
}
