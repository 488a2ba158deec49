// tidy: helper
internal import Glibc

/// A terminal of a test, and a program that has it as its own: what a person at a keyboard would have.
final class PseudoTerminal {
    private let keyboard: Int32
    private let program: Program
    /// All that was written to it.
    private var bytes: [UInt8] = []

    /// - Parameter errors: where the program's standard error goes.
    init(_ command: [String], columns: UInt16, rows: UInt16, environment: [String: String], errors: String) throws {
        keyboard = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var number: UInt32 = 0, lock: Int32 = 0
        // TIOCGPTN and TIOCSPTLCK, which Swift's Glibc leaves out.
        guard keyboard >= 0, ioctl(keyboard, 0x8004_5430, &number) == 0, ioctl(keyboard, 0x4004_5431, &lock) == 0 else {
            throw Complaint("no terminal can be made: \(String(cString: strerror(errno)))")
        }
        let path = "/dev/pts/\(number)"
        _ = fcntl(keyboard, F_SETFL, O_NONBLOCK)
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(keyboard, UInt(TIOCSWINSZ), &size)
        let variables = ["TERM": "xterm"].merging(environment) { $1 }
        program = try Program(
            ["setsid", "--ctty", "--fork", "--wait"] + command, environment: variables, input: path, out: path, errors: errors)
    }

    deinit {
        program.destroy()
        close(keyboard)
    }

    /// The program itself.
    var pid: pid_t { Daemon.children(of: program.pid).first ?? 0 }

    func type(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) } }

    func resize(columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(keyboard, UInt(TIOCSWINSZ), &size)
    }

    /// Whether lines are edited and keys are shown, as a shell leaves it.
    var isAsUsual: Bool {
        var settings = termios()
        return tcgetattr(keyboard, &settings) == 0 && settings.c_lflag & tcflag_t(ICANON | ECHO) == tcflag_t(ICANON | ECHO)
    }

    /// All that was written until now.
    var written: String {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = read(keyboard, &buffer, buffer.count)
            guard got > 0 else { break }
            bytes += buffer[..<got]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The last whole frame, line by line, without colours and erasing.
    var frame: [String] {
        let frames = written.components(after: "\u{1B}[H").filter { $0.contains("\u{1B}[J") }
        guard let last = frames.last, let end = last.firstRange(of: "\u{1B}[J") else { return [] }
        return last[..<end.lowerBound].split(separator: "\r\n", omittingEmptySubsequences: false).map {
            String($0.replacing("\u{1B}[K", with: "").replacing("\r", with: ""))
        }
    }

    func end(within limit: Duration = .seconds(20)) async throws -> Int32 {
        // A terminal that nobody reads holds its program up.
        try await eventually("the end of the program", within: limit) {
            _ = written
            return program.hasEnded
        }
        return program.status ?? -1
    }
}

extension String {
    /// What stands behind each occurrence of a text.
    fileprivate func components(after mark: String) -> [Substring] {
        var parts: [Substring] = [], rest = self[...]
        while let found = rest.firstRange(of: mark) {
            rest = rest[found.upperBound...]
            parts.append(rest[..<(rest.firstRange(of: mark)?.lowerBound ?? rest.endIndex)])
        }
        return parts
    }
}
