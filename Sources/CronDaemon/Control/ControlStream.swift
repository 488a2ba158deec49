public import CronJobs
internal import Glibc

// An answer that is read as it comes: for listeners, and for whoever has other things to wait for meanwhile.
//
//     open ──head──▶ parts … ──end, or the service closes──▶ ended
//
// Nothing here waits: whoever has a stream waits for its descriptor, among others or alone.

/// A request to a running service, and its answer part by part.
public final class ControlStream {
    /// To be waited for: readable when there is something to take.
    public let descriptor: Int32
    private let path: String
    private var bounds: AnswerBounds
    private var bytes: [UInt8] = []
    /// The head of the answer has come.
    public private(set) var isBegun = false
    /// The service has said all: a further `take` answers nothing.
    public private(set) var isEnded = false
    /// The answer had an end, which a stream that the service broke off has not.
    public private(set) var isWhole = false

    /// `nil` if no service listens there; throws where it may not be asked, or takes no connection.
    ///
    /// - Parameter limit: how long a service is waited for that has too many connections; `nil` waits for nothing.
    public init?(_ request: ControlRequest, at path: String, within limit: Duration?) throws(ControlRefusal) {
        guard let descriptor = try ControlClient.connect(path, within: limit, asking: ControlWire.own.line(request)) else { return nil }
        self.descriptor = descriptor
        self.path = path
        bounds = AnswerBounds(request)
    }

    deinit { close(descriptor) }

    /// What has come until now, at most a portion of it; throws what the service refuses. Never waits.
    public func take() throws(ControlRefusal) -> [ControlPart] {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let got = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if got < 0, errno == EAGAIN || errno == EINTR { return [] }
        if got <= 0 {
            isEnded = true
            if isBegun { return [] }
            throw ControlClient.isOwn(path)
                ? ControlRefusal("the service broke off its answer", code: 76) : ControlRefusal(.forbidden(path))
        }
        try bounds.hear(got, held: bytes.count)
        let newline = UInt8(ascii: "\n"), before = bytes.count
        bytes += buffer[..<got]
        // What came before has no end of a line in it.
        guard let last = bytes[before...].lastIndex(of: newline) else { return [] }
        let lines = bytes[..<last].split(separator: newline)
        let rest = Array(bytes[(last + 1)...])
        defer { bytes = rest }
        var parts: [ControlPart] = []
        for line in lines { if let part = try read(Array(line)) { parts.append(part) } }
        return parts
    }

    private func read(_ line: [UInt8]) throws(ControlRefusal) -> ControlPart? {
        if !isBegun { try ControlWire.own.head(line) }
        isBegun = true
        try bounds.hearPart()
        switch try ControlWire.own.line(line) {
        case .head, .other: return nil
        case .refusal(let refusal): throw refusal
        case .part(let part):
            if case .end = part { isWhole = true }
            return part
        }
    }
}
