internal import CronJobs
internal import Glibc

/// Asks a running service through its socket. Blocking, and never longer than the request's limit: for verbs, not for the service.
public enum ControlClient {
    /// More than any answer but a whole table's has: whoever listens there may be somebody else.
    private static let answerLimit = 64 << 20
    private static let tableLimit = 1 << 30

    /// `nil` if no service listens there; throws where it may not be asked, or does not answer.
    public static func ask(_ request: ControlRequest, at path: String) throws(SocketFailure) -> ControlResponse? {
        let deadline = HostClocks().monotonic + request.verb.limit
        let descriptor: Int32
        switch UnixSocket.connect(to: path, within: request.verb.limit) {
        case .connected(let connected): descriptor = connected
        case .nobody: return nil
        case .busy: throw .silent(path, request.verb.limit)
        case .forbidden: throw .forbidden(path)
        case .tooLong: throw .tooLong(path)
        }
        defer { close(descriptor) }
        guard send(ControlCoding.line(request), descriptor) else { return ControlResponse(error: "the service closed the connection") }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let left = deadline - HostClocks().monotonic
            guard left > .zero else { throw .silent(path, request.verb.limit) }
            UnixSocket.setPatience(descriptor, left)
            let got = read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR || errno == EAGAIN { continue }
            guard got > 0 else { break }
            answer += buffer[..<got]
            guard answer.count <= (request.verb == .tableShow ? tableLimit : answerLimit) else {
                return ControlResponse(error: "the service's answer is larger than any that it gives: is it a crond?", code: 76)
            }
        }
        // The service closes a connection of anybody else without a word.
        if answer.isEmpty, !isOwn(path) { throw .forbidden(path) }
        return ControlCoding.response(answer) ?? ControlResponse(error: "the service gave no answer that this version understands")
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

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return geteuid() == 0 || stat(path, &status) == 0 && status.st_uid == geteuid()
    }
}

extension ControlRequest.Verb {
    /// How long a verb waits for the service. What reads files or waits for the table's lock and the store takes longer than a look.
    var limit: Duration {
        switch self {
        case .status: .seconds(10)
        case .reload, .pause, .resume, .tableLog, .tableShow, .tableList, .tableRestore: .seconds(30)
        }
    }
}
