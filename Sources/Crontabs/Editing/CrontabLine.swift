/// The name of a line of an `EditableCrontab`: it stays the line's own whatever is inserted, removed or moved around it, and is never given to
/// another line, not even of another table.
public struct LineID: Hashable, Sendable {
    let number: UInt64
}

/// A line of a table that is edited, as it stands there.
public struct CrontabLine: Hashable, Sendable, Identifiable {
    /// What a line is to whoever edits the table.
    ///
    /// A line is an entry by its own text: one that the service refuses for what stands elsewhere (an unknown `CRON_TZ`, a name that is taken) can
    /// be found and mended like others.
    public enum Kind: UInt8, Hashable, Sendable {
        case blank
        /// Prose.
        case comment
        /// `# crond: key=value`: it belongs to the entry below.
        case directive
        /// `## crond: key=value`: it belongs to the disabled entry below.
        case disabledDirective
        /// `# crond: dialect=NAME` above the first entry.
        case dialect
        /// `NAME = value`: it holds for what stands below it.
        case assignment
        case entry
        /// A comment that would be an entry without its `#`.
        case disabledEntry
        /// None of these: it stays as it is until it is removed.
        case bad
    }

    public let id: LineID
    /// Counted from 1.
    public let number: Int
    public let kind: Kind
    /// Without the line's end.
    public let text: String
}
