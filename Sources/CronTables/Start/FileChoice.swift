// What a start uses of one file: a three-way comparison between what was found, the newest revision and the base, which is what the image
// held. The first row that fits decides:
//
//   found at the start                                               used
//   fixed      read-only, or a symbolic link                         found
//   left       the very file that a service on this host left        newest
//   equal      what the newest revision has                          as it is
//   missing    a named file without a byte; so is the base, or       newest, written back
//              there is none
//   takenAway  the same, but the base had bytes                      found, with the warning
//   removed    a drop-in file that is absent, and the base had it,   found; the warning where the newest differs from the base
//              or a service saw it in this very folder
//   added      a drop-in file that is absent otherwise               newest
//   image      equal to the base                                     newest, also where that is "removed"
//   noEntries  there is no base, and no entry in it                  newest
//   changed    anything else                                         found; the warning where the newest differs from the base
//
// The warning names the command that brings back what was not used. A named file is never removed.

/// Which side a start takes for a file, and by which row.
public struct FileChoice: Hashable, Sendable {
    /// The rows of the table above, and those of starts that decide nothing.
    public enum Row: String, Hashable, Sendable, CaseIterable {
        case fixed, left, equal, missing, takenAway, removed, added, image, noEntries, changed
        /// `--on-start file` or `store`.
        case forced
        /// There is no revision yet.
        case first
        /// There is only what was read from the legacy cache.
        case legacy
    }

    public var row: Row
    public var usesNewest: Bool
    /// Something that somebody may want back is not used.
    public var warns: Bool

    public init(_ row: Row, usesNewest: Bool, warns: Bool = false) {
        self.row = row
        self.usesNewest = usesNewest
        self.warns = warns
    }

    /// Takes the first row that fits.
    public static func choose(_ facts: FileFacts) -> FileChoice {
        let found = facts.found, newest = facts.newest, base = facts.base
        // There is nothing to write back where the newest revision has no such named file.
        let mayUseNewest = !facts.isNamed || newest != .absent
        let isMerge = base == .unknown || base != .known(newest)
        if facts.isFixed { return FileChoice(.fixed, usesNewest: false) }
        if facts.isLeft, mayUseNewest { return FileChoice(.left, usesNewest: true) }
        if found == newest { return FileChoice(.equal, usesNewest: false) }
        if facts.isNamed, !found.hasBytes, newest.hasBytes {
            if case .known(let text) = base, text.hasBytes { return FileChoice(.takenAway, usesNewest: false, warns: true) }
            return FileChoice(.missing, usesNewest: true)
        }
        if !facts.isNamed, found == .absent {
            var hadIt = facts.wasSeenHere
            if case .known(let text) = base, text != .absent { hadIt = true }
            return hadIt ? FileChoice(.removed, usesNewest: false, warns: isMerge) : FileChoice(.added, usesNewest: true)
        }
        if base == .known(found), mayUseNewest { return FileChoice(.image, usesNewest: true) }
        // What is in no revision is not removed.
        if base == .unknown, !facts.hasEntries, newest != .absent { return FileChoice(.noEntries, usesNewest: true) }
        return FileChoice(.changed, usesNewest: false, warns: isMerge && newest != .absent)
    }
}

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
