internal import Glibc

/// Asks a running service through its socket. Blocking: for verbs, not for the service.
public enum ControlClient {
    /// `nil` if no service listens there; throws where it may not be asked.
    public static func ask(_ request: ControlRequest, at path: String) throws(SocketFailure) -> ControlResponse? {
        let descriptor: Int32
        switch UnixSocket.connect(to: path) {
        case .connected(let connected): descriptor = connected
        case .nobody: return nil
        case .forbidden: throw .forbidden(path)
        case .tooLong: throw .tooLong(path)
        }
        defer { close(descriptor) }
        let line = ControlCoding.line(request)
        guard line.withUnsafeBytes({ send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) == line.count else {
            return ControlResponse(error: "the service closed the connection")
        }
        shutdown(descriptor, Int32(SHUT_WR))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { break }
            answer += buffer[..<got]
        }
        // The service closes a connection of anybody else without a word.
        if answer.isEmpty, !isOwn(path) { throw .forbidden(path) }
        return ControlCoding.response(answer) ?? ControlResponse(error: "the service gave no answer that this version understands")
    }

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return geteuid() == 0 || stat(path, &status) == 0 && status.st_uid == geteuid()
    }
}
