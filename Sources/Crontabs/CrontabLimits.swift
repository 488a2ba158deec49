/// The sizes beyond which a table is refused (file, entries, variables) or a line is bad (line, command).
public enum CrontabLimits {
    /// Bytes of one file.
    public static let file = 16 << 20
    /// Bytes of one line.
    public static let line = 1 << 20
    /// Bytes of one command: what the kernel takes as one argument, without its NUL.
    public static let command = 131_071
    /// Lines of one table that are entries, good or bad.
    public static let entries = 200_000
    /// Names that one table assigns.
    public static let variables = 1_000
    /// Warnings of one table that are kept; the rest would only repeat them.
    static let warnings = 10_000
}
