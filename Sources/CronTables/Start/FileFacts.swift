/// What a start knows about one path of the table.
public struct FileFacts: Hashable, Sendable {
    /// What stands at the path. A folder in a file's place counts as no file.
    public enum Text: Hashable, Sendable {
        case absent
        case empty
        /// The hash of its bytes.
        case bytes(String)

        public var hasBytes: Bool { if case .bytes = self { true } else { false } }
    }

    /// What the image held there, as far as that is known.
    public enum Base: Hashable, Sendable {
        case unknown
        case known(Text)
    }

    /// Named as a file of the table; else a drop-in file.
    public var isNamed: Bool
    public var found: Text
    /// Whether the found text has a line that is neither comment nor assignment.
    public var hasEntries: Bool
    /// Read-only, or a symbolic link: whoever deploys it decides.
    public var isFixed: Bool
    /// It is the very file that a service on this host left.
    public var isLeft: Bool
    /// A drop-in file that is absent: a service on this host saw it in this very folder.
    public var wasSeenHere: Bool
    /// What the newest revision has.
    public var newest: Text
    public var base: Base

    public init(
        isNamed: Bool = true, found: Text, hasEntries: Bool = true, isFixed: Bool = false, isLeft: Bool = false, wasSeenHere: Bool = false,
        newest: Text, base: Base = .unknown
    ) {
        self.isNamed = isNamed
        self.found = found
        self.hasEntries = hasEntries
        self.isFixed = isFixed
        self.isLeft = isLeft
        self.wasSeenHere = wasSeenHere
        self.newest = newest
        self.base = base
    }
}
