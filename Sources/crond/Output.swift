internal import CronExpressions
internal import Glibc

/// Plain writing to the standard streams, and leaving with a sysexits code.
enum Output {
    static func write(_ bytes: [UInt8], to descriptor: Int32 = 1) {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress.map { $0 + offset }, $0.count - offset) }
            if written < 0, errno == EINTR { continue }
            // Whoever reads has gone: there is nobody left to tell.
            guard written > 0 else {
                let number = errno
                if number == EPIPE { exit(0) }
                if descriptor == 1 { error("crond: standard output: \(String(cString: strerror(number)))") }
                exit(74)
            }
            offset += written
        }
    }

    /// Whatever of it others wrote cannot move the terminal's cursor.
    static func line(_ text: String) { write(Array(VisibleText.shown(text, in: .lines).utf8) + [10]) }

    static func error(_ text: String) { write(Array(VisibleText.shown(text, in: .lines).utf8) + [10], to: 2) }

    /// A rendered finding, whose text is escaped already and may have colours, and a blank line.
    static func shown(_ text: String, to descriptor: Int32 = 1) { write(Array(text.utf8) + [10], to: descriptor) }

    /// Says why and leaves.
    static func fail(_ code: Int32, _ text: String) -> Never {
        error("crond: \(text)")
        exit(code)
    }

    /// The whole file; leaves with 66 if it cannot be read.
    static func contents(of path: String) -> [UInt8] {
        do {
            return try read(path)
        } catch {
            fail(66, "\(path): \(error.reason)")
        }
    }

    struct ReadFailure: Error {
        var reason: String
    }

    /// A file that a person named; `-` is standard input, and a pipe is waited for.
    static func read(_ path: String) throws(ReadFailure) -> [UInt8] {
        if path == "-" { return try read(descriptor: 0) }
        // Asked for first: whoever feeds a pipe may take his time.
        let mayTakeLong = TimeLimit.asking(path) {
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFREG
        }
        return mayTakeLong ? try readAtOnce(path) : try TimeLimit.asking(path) { () throws(ReadFailure) in try readAtOnce(path) }
    }

    private static func readAtOnce(_ path: String) throws(ReadFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReadFailure(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        return try read(descriptor: descriptor)
    }

    /// A file that holds a secret: what is larger was named by mistake.
    static func readSecret(_ path: String) throws(ReadFailure) -> [UInt8] {
        let limit = 64 << 10
        let bytes = try readRegular(path, limit: limit)
        guard bytes.count <= limit else { throw ReadFailure(reason: "is larger than 64 KiB: it is no file with a secret") }
        return bytes
    }

    /// A file that a program named: nothing that could be waited for for ever.
    static func readRegular(_ path: String, limit: Int = readLimit) throws(ReadFailure) -> [UInt8] {
        try TimeLimit.asking(path) { () throws(ReadFailure) in try readRegularAtOnce(path, limit) }
    }

    private static func readRegularAtOnce(_ path: String, _ limit: Int) throws(ReadFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw ReadFailure(reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ReadFailure(reason: "is not a regular file")
        }
        return try read(descriptor: descriptor, limit: limit)
    }

    /// One byte over the limit is enough for the parser to say so.
    private static let readLimit = 17 << 20

    private static func read(descriptor: Int32, limit: Int = readLimit) throws(ReadFailure) -> [UInt8] {
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let got = Glibc.read(descriptor, &buffer, buffer.count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw ReadFailure(reason: String(cString: strerror(errno))) }
            if got == 0 { return content }
            content += buffer[..<got]
            if content.count > limit { return content }
        }
    }
}
