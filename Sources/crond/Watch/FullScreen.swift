internal import Glibc
internal import LinuxEvents

// A terminal that is taken over, and given back as it was found, however the program ends. Writing may wait for ever (a stopped ssh): a thread
// does it, and a frame is left out while the one before is on its way.

/// The terminal at standard output, as one screen.
final class FullScreen {
    private let writer: OutputWriter
    private let isColored: Bool
    /// As whatever was there before has it.
    private var settings = termios()
    private var hasSettings = false
    private var isTaken = false

    init(loop: EventLoop, isColored: Bool) {
        writer = OutputWriter(descriptor: 1, loop: loop)
        self.isColored = isColored
    }

    static var isPossible: Bool { isatty(1) == 1 && !["", "dumb"].contains(Surroundings.environment["TERM"] ?? "") }

    /// Columns and rows; those of a usual terminal where it does not tell.
    var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Takes the terminal: another screen, no cursor, keys come one by one and are not shown. Ctrl-C stays a signal.
    func take() {
        if !isTaken, isatty(0) == 1, tcgetattr(0, &settings) == 0 { hasSettings = true }
        isTaken = true
        if hasSettings {
            var raw = settings
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            // Ctrl-Z and Ctrl-\ would leave the shell with this screen.
            withUnsafeMutableBytes(of: &raw.c_cc) { keys in
                keys[Int(VMIN)] = 1
                keys[Int(VTIME)] = 0
                keys[Int(VSUSP)] = 0
                keys[Int(VQUIT)] = 0
            }
            tcsetattr(0, TCSANOW, &raw)
        }
        write("\u{1B}[?1049h\u{1B}[?25l\u{1B}[2J")
    }

    /// Gives it back. What cannot be written within half a second is not.
    func give() {
        guard isTaken else { return }
        isTaken = false
        write("\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l")
        writer.flush(.milliseconds(500))
        if hasSettings { tcsetattr(0, TCSANOW, &settings) }
    }

    /// Shows lines; passes where the last ones are not shown yet.
    func show(_ lines: [WatchScreen.Line]) {
        guard writer.flush(.zero) else { return }
        let shown = lines.map { $0.tone.applied(to: $0.text, isColored: isColored) + "\u{1B}[K" }
        write("\u{1B}[H" + shown.joined(separator: "\r\n") + "\u{1B}[J")
    }

    private func write(_ text: String) { writer.write(Array(text.utf8)) }
}
