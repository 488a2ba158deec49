public import CronJobs
internal import Glibc

/// Asks a running service through its socket. Blocking, and never longer than a limit: for verbs, not for the service.
public enum ControlClient {
    /// The parts of the answer, its end left out but for lists of jobs and runs. `nil` if no service listens there; throws what it refuses, and where it may not be asked or
    /// does not answer.
    ///
    /// - Parameter time: how long the answer is waited for; `nil` is the request's own limit.
    public static func ask(
        _ request: ControlRequest, at path: String, within time: Duration? = nil
    ) throws(ControlRefusal) -> [ControlPart]? {
        var parts: [ControlPart] = []
        let isThere = try ask(request, at: path, within: time) { parts.append($0) }
        return isThere ? parts : nil
    }

    /// The same, each part as it comes, while the service makes the rest; false if no service listens there.
    public static func ask(
        _ request: ControlRequest, at path: String, within time: Duration? = nil, each take: (ControlPart) -> Void
    ) throws(ControlRefusal) -> Bool {
        var answer = Answer(isListed: request.kind.isListed), parts = AnswerBounds(request)
        let limit = (time: time ?? request.kind.limit, bounds: parts)
        let isThere = try exchange(ControlWire.own.line(request), at: path, limit) { line throws(ControlRefusal) in
            if !answer.isBegun { try ControlWire.own.head(line) { earlierVersion(at: path) } }
            try parts.hearPart()
            if let part = try answer.part(line) { take(part) }
        }
        guard isThere else { return false }
        if !answer.isBegun { try ControlWire.own.head([]) { earlierVersion(at: path) } }
        guard answer.isWhole else { throw ControlRefusal("the service broke off its answer", code: 76) }
        return true
    }

    /// An answer, as far as it has come.
    private struct Answer {
        let isListed: Bool
        var isBegun = false
        var isWhole = false

        /// What a line says.
        mutating func part(_ line: [UInt8]) throws(ControlRefusal) -> ControlPart? {
            isBegun = true
            guard !isWhole else { return nil }
            switch try ControlWire.own.line(line) {
            case .head, .other: return nil
            case .refusal(let refusal): throw refusal
            case .part(.end(let end)):
                isWhole = true
                return isListed ? .end(end) : nil
            case .part(let part): return part
            }
        }
    }

    /// The version of a service from before the protocol had a number: it tells it when asked in its own way.
    private static func earlierVersion(at path: String) -> String? {
        var answer: [UInt8] = []
        let asked = try? exchange(Array("{\"verb\":\"status\"}\n".utf8), at: path, (.seconds(10), AnswerBounds(.service))) { answer += $0 }
        guard asked == true, case .object(let fields)? = try? JSONReader.read(answer), case .object(let status)? = fields["status"],
            case .text(let version)? = status["version"]
        else { return nil }
        return version
    }

    /// Sends a line and hands on each line that comes, but for empty ones, until the other side has said all; false if nobody listens there.
    private static func exchange(
        _ line: [UInt8], at path: String, _ limit: (time: Duration, bounds: AnswerBounds),
        take: (_ line: [UInt8]) throws(ControlRefusal) -> Void
    ) throws(ControlRefusal) -> Bool {
        let deadline = HostClocks().monotonic + limit.time
        guard let descriptor = try connect(path, within: limit.time, asking: line) else { return false }
        defer { close(descriptor) }
        var held: [UInt8] = [], hasAnswered = false, bounds = limit.bounds
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = deadline - HostClocks().monotonic
            guard left > .zero else { throw ControlRefusal(.silent(path, limit.time)) }
            UnixSocket.setPatience(descriptor, left)
            let got = read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR || errno == EAGAIN { continue }
            guard got > 0 else { break }
            hasAnswered = true
            try bounds.hear(got, held: held.count)
            var rest = buffer[..<got]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                held += rest[..<end]
                rest = rest[(end + 1)...]
                if !held.isEmpty { try take(held) }
                held.removeAll(keepingCapacity: true)
            }
            held += rest
        }
        if !held.isEmpty { try take(held) }
        // The service closes a connection of anybody else without a word.
        if !hasAnswered, !isOwn(path) { throw ControlRefusal(.forbidden(path)) }
        return true
    }

    /// A connection on which a request line was sent; `nil` if nobody listens there.
    static func connect(_ path: String, within limit: Duration?, asking line: [UInt8]) throws(ControlRefusal) -> Int32? {
        let descriptor: Int32
        switch UnixSocket.connect(to: path, within: limit) {
        case .connected(let connected): descriptor = connected
        case .nobody: return nil
        case .busy: throw ControlRefusal(.silent(path, limit ?? .zero))
        case .forbidden: throw ControlRefusal(.forbidden(path))
        case .tooLong: throw ControlRefusal(.tooLong(path))
        case .unclear(let code): throw ControlRefusal("cannot ask at \(path): \(String(cString: strerror(code)))")
        }
        guard send(line, descriptor) else {
            close(descriptor)
            throw ControlRefusal("the service closed the connection")
        }
        shutdown(descriptor, Int32(SHUT_WR))
        return descriptor
    }

    private static func send(_ line: [UInt8], _ descriptor: Int32) -> Bool {
        line.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let count = Glibc.send(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }
    }

    static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return geteuid() == 0 || stat(path, &status) == 0 && status.st_uid == geteuid()
    }
}

extension ControlRequest.Kind {
    /// The end of its answer says how it goes on.
    var isListed: Bool { self == .jobs || self == .runs }

    /// How long a verb waits for the service. What reads files or waits for the table's lock and the store takes longer than a look.
    var limit: Duration {
        switch self {
        case .service: .seconds(10)
        case .jobs, .runs, .why, .run, .output, .table, .revisions, .files, .events, .pause, .resume, .trigger, .cancel, .reload, .restore,
            .at, .atList, .atCancel:
            .seconds(30)
        }
    }
}
