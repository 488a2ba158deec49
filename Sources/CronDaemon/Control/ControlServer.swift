internal import CronJobs
internal import Glibc
internal import LinuxEvents

// The service's end of the control socket. Each connection brings one request line and takes one answer; the peer must be root or the
// service's own user. All of it is on the event loop, never blocking: an answer that a client does not take is written as it takes it, and
// its next portion is made once the one before is taken.
//
//     open ──request line──▶ asked ──portion──▶ sending ──all taken──▶ asked … ──last portion taken──▶ ended
//       └── 5 s ──▶ ended      └──────────── 60 s ────────────▶ ended
//
// Who listens to events stays asked for as long as it likes; each portion is to be taken within 60 s.
//
// Bounds, whatever clients do: connections; bytes of a request; bytes of answers that wait to be taken; connections, and bytes, a wake-up.
// Where all connections are taken, the oldest that has not asked yet makes room.

/// Takes one request a connection, and carries its answer.
final class ControlServer {
    /// What happens on connections, each by its number.
    struct Handlers {
        /// A request line came. Its answer is given later through `send`.
        var asked: (_ line: [UInt8], _ asker: Asker, _ number: Int) -> Void
        /// A client that had asked has gone, or has got its whole answer.
        var gone: (_ number: Int) -> Void
    }

    /// A message of 24 KiB fits in, however much of it JSON escapes.
    private static let requestLimit = 192 << 10
    private static let connectionLimit = 64
    private static let acceptsPerWakeUp = 16
    private static let bytesPerWakeUp = 256 * 1024
    /// Of all answers that are not the newest.
    private static let untakenLimit = 64 << 20
    /// A hang-up comes unasked wherever anything is waited for, and nobody sends urgent bytes.
    private static let onlyItsGoing = Interest.priority
    private static let patience = (request: Duration.seconds(5), answer: Duration.seconds(60))

    private let loop: EventLoop
    private let handlers: Handlers
    private let host: String
    private let listener: UnixSocket.Listener
    private var watch: Watch?
    private var connections: [Int: Connection] = [:]
    private var accepted = 0

    private final class Connection {
        let number: Int
        let descriptor: Int32
        let asker: Asker
        var watch: Watch?
        var timeout: TimerToken?
        var request: [UInt8] = []
        var hasAsked = false
        /// Has an answer without an end.
        var isListening = false
        var portion: [UInt8] = []
        var sent = 0
        var isLast = false
        /// Whoever waits until the portion is taken.
        var taken: CheckedContinuation<Bool, Never>?

        init(number: Int, descriptor: Int32, asker: Asker) {
            self.number = number
            self.descriptor = descriptor
            self.asker = asker
        }
    }

    /// - Parameter host: ours, where all who can connect are.
    init(loop: EventLoop, path: String, host: String, handlers: Handlers) throws(SocketFailure) {
        self.loop = loop
        self.host = host
        self.handlers = handlers
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
            guard let peer, peer.uid == 0 || peer.uid == geteuid() else {
                Glibc.close(descriptor)
                continue
            }
            guard makeRoom() else {
                ControlWire.own.line(.busy).withUnsafeBytes {
                    _ = Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                Glibc.close(descriptor)
                continue
            }
            accepted += 1
            let asker = Asker(uid: peer.uid, pid: peer.pid, host: host, role: .edit)
            open(Connection(number: accepted, descriptor: descriptor, asker: asker))
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
                if !connection.hasAsked {
                    receive(connection)
                } else if connection.portion.isEmpty {
                    end(connection)
                } else {
                    send(connection)
                }
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
        tellTaken(connection, connection.isLast && connection.sent == connection.portion.count)
        if connection.hasAsked { handlers.gone(connection.number) }
    }

    private func tellTaken(_ connection: Connection, _ isTaken: Bool) {
        connection.taken?.resume(returning: isTaken)
        connection.taken = nil
    }

    // MARK: Requests

    private func receive(_ connection: Connection) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let got = read(connection.descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            if got < 0, errno == EAGAIN { return }
            if got > 0 { connection.request += buffer[..<got] }
            if let end = connection.request.firstIndex(of: UInt8(ascii: "\n")) {
                // Whoever has given up was told that nothing came of it.
                return UnixSocket.isLeft(connection.descriptor)
                    ? self.end(connection) : serve(connection, Array(connection.request[..<end]))
            }
            guard got > 0, connection.request.count <= Self.requestLimit else { return self.end(connection) }
        }
    }

    private func serve(_ connection: Connection, _ line: [UInt8]) {
        if let watch = connection.watch { loop.setInterest(watch, Self.onlyItsGoing) }
        connection.hasAsked = true
        connection.request = []
        setTimeout(connection, Self.patience.answer)
        handlers.asked(line, connection.asker, connection.number)
    }

    // MARK: Answers

    /// The answer to come has no end.
    func listen(_ number: Int) {
        guard let connection = connections[number] else { return }
        connection.isListening = true
        if let timeout = connection.timeout { loop.cancel(timeout) }
        connection.timeout = nil
    }

    /// Sends a portion of an answer; comes back once it is taken, and answers whether more may follow. One at a time for each connection.
    func send(_ number: Int, _ portion: [UInt8], isLast: Bool, isolation: isolated (any Actor)? = #isolation) async -> Bool {
        guard let connection = connections[number], !portion.isEmpty else { return connections[number] != nil }
        dropUntaken(before: number)
        connection.portion = portion
        connection.sent = 0
        connection.isLast = isLast
        if connection.isListening { setTimeout(connection, Self.patience.answer) }
        return await withCheckedContinuation { continuation in
            connection.taken = continuation
            send(connection)
        }
    }

    /// Clients that ask and do not read keep no more than a bounded number of bytes.
    private func dropUntaken(before number: Int) {
        var untaken = connections.values.reduce(0) { $0 + $1.portion.count }
        for connection in connections.values.sorted(by: { $0.number < $1.number }) where untaken > Self.untakenLimit {
            untaken -= connection.portion.count
            if !connection.portion.isEmpty, connection.number != number { end(connection) }
        }
    }

    private func send(_ connection: Connection) {
        var left = Self.bytesPerWakeUp
        while connection.sent < connection.portion.count {
            let written =
                left <= 0
                ? -1
                : connection.portion.withUnsafeBytes { bytes in
                    Glibc.send(
                        connection.descriptor, bytes.baseAddress.map { $0 + connection.sent }, min(left, bytes.count - connection.sent),
                        Int32(MSG_NOSIGNAL))
                }
            if written < 0, left > 0, errno == EINTR { continue }
            if written < 0, left <= 0 || errno == EAGAIN {
                if let watch = connection.watch { loop.setInterest(watch, .writable) }
                return
            }
            guard written > 0 else { return end(connection) }
            connection.sent += written
            left -= written
        }
        if connection.isLast { end(connection) } else { rest(connection) }
    }

    /// The portion is taken: nothing but the client's going is waited for until the next one.
    private func rest(_ connection: Connection) {
        if let watch = connection.watch { loop.setInterest(watch, Self.onlyItsGoing) }
        if connection.isListening, let timeout = connection.timeout {
            loop.cancel(timeout)
            connection.timeout = nil
        }
        connection.portion = []
        connection.sent = 0
        tellTaken(connection, true)
    }
}
