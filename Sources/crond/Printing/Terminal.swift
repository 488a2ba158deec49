internal import Glibc

/// What standard output is written to.
enum Terminal {
    /// Cells of a line; nil where standard output is no terminal: what is piped is not cut.
    static let width: Int? = {
        guard isatty(1) == 1 else { return nil }
        var size = winsize()
        if ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return max(20, Int(size.ws_col)) }
        return Surroundings.environment["COLUMNS"].flatMap { Int($0) }.map { max(20, $0) } ?? 80
    }()
}
