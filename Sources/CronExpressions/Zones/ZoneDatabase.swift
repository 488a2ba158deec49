internal import Synchronization

/// A zone that cannot be had, with names that look like what was meant.
public struct ZoneError: Error, Hashable, Sendable, CustomStringConvertible {
    public var name: String
    public var message: String
    public var suggestions: [String]
    /// Its file is there, and cannot be used.
    var isDamaged = false

    /// The message with the suggestions.
    public var description: String {
        suggestions.isEmpty ? message : "\(message); did you mean \(suggestions.joined(separator: ", "))?"
    }
}

/// The time zones of a folder of compiled zone files and, for names that the folder does not have, of a copy inside the program.
///
/// A name is a path below the folder: names with `..`, a leading `/` or control characters never reach the file system. Each zone is read
/// once; `refresh()` looks whether files have changed since.
public final class ZoneDatabase: Sendable {
    /// A zone with where it came from; `identity` is that of its file, if it came from one.
    struct Entry: Sendable {
        var zone: Zone
        var source: ZoneSource
        var identity: FileIdentity?
    }
    struct Memory: Sendable {
        var entries: [String: Entry] = [:]
        /// Names that were asked for in vain, so that a refresh can tell when there is such a zone.
        var missing: Set<String> = []
    }

    let directory: String
    /// The machine's own zone, or a link to it.
    let localFile: String
    private let archive: ZoneArchive?
    let memory = Mutex(Memory())
    private static let missingLimit = 256

    /// A database over a folder; nothing is read yet.
    public convenience init(directory: String = "/usr/share/zoneinfo") {
        self.init(directory: directory, archive: nil)
    }

    /// - Parameter archive: what stands in for zones that the folder does not have; nil for the copy inside the program.
    init(directory: String, archive: ZoneArchive?, localFile: String = "/etc/localtime") {
        self.directory = directory
        self.localFile = localFile
        self.archive = archive
    }

    /// The database of the system's own folder.
    public static let system = ZoneDatabase()

    /// The zone of a name such as `Europe/Berlin`.
    public func zone(named name: String) throws(ZoneError) -> Zone { try entry(of: name).zone }

    /// Where the rules of a zone come from.
    public func source(of name: String) throws(ZoneError) -> ZoneSource { try entry(of: name).source }

    private func entry(of name: String) throws(ZoneError) -> Entry {
        if let known = memory.withLock({ $0.entries[name] }) { return known }
        guard Self.isPlausible(name) else {
            throw ZoneError(
                name: name, message: "\(Self.shown(name)): this is not the name of a time zone", suggestions: suggestions(for: name))
        }
        switch load(name) {
        case .found(let entry):
            return memory.withLock { memory in
                if let first = memory.entries[name] { return first }
                memory.entries[name] = entry
                return entry
            }
        case .damaged:
            throw ZoneError(
                name: name, message: "\(Self.shown(name)): the file of this zone is damaged or no zone file", suggestions: [],
                isDamaged: true)
        case .missing:
            memory.withLock { memory in
                if memory.missing.count < Self.missingLimit { memory.missing.insert(name) }
            }
            throw ZoneError(name: name, message: "\(Self.shown(name)): there is no such time zone", suggestions: suggestions(for: name))
        }
    }

    /// A name for a message: short, and all of it to be seen.
    private static func shown(_ name: String) -> String {
        name.isEmpty ? "“”" : VisibleText.of(String(name.prefix(100))) + (name.count > 100 ? "..." : "")
    }

    enum Loaded {
        case found(Entry)
        case damaged
        case missing
    }

    /// Reads a zone, whatever is remembered of it.
    func load(_ name: String) -> Loaded {
        let path = directory + "/" + name
        if let file = FileBytes.readIdentified(path) {
            guard let zone = Self.zone(file.bytes, identifier: name) else { return .damaged }
            return .found(Entry(zone: zone, source: .system(path: path), identity: file.identity))
        }
        let archive = archive ?? .builtIn
        if let bytes = archive.bytes(of: name), let zone = Self.zone(bytes, identifier: name) {
            return .found(Entry(zone: zone, source: .builtIn(version: archive.version), identity: nil))
        }
        return name == "UTC" ? .found(Entry(zone: .utc, source: .builtIn(version: archive.version), identity: nil)) : .missing
    }

    static func zone(_ bytes: [UInt8], identifier: String) -> Zone? {
        guard let file = TZifFile(bytes) else { return nil }
        return Zone(ZoneStorage(identifier: identifier, kinds: file.kinds, changes: file.changes))
    }

    /// The names of all zones, of the folder and of the copy inside the program, sorted.
    public func names() -> [String] {
        var names: [String] = []
        collect("", depth: 0, into: &names)
        return Set(names).union((archive ?? .builtIn).names).sorted()
    }

    private func collect(_ prefix: String, depth: Int, into names: inout [String]) {
        for entry in FileBytes.entries(of: directory + "/" + prefix) {
            guard let first = entry.name.utf8.first, first >= 0x41, first <= 0x5A, !entry.name.contains(".") else { continue }
            if !entry.isFolder {
                names.append(prefix + entry.name)
            } else if depth < 3 {
                collect(prefix + entry.name + "/", depth: depth + 1, into: &names)
            }
        }
    }

    static func isPlausible(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255, !name.hasPrefix("/"), !name.hasSuffix("/") else { return false }
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != ".." && $0 != "." }
    }

    /// Up to three names of zones that look like a text.
    public func suggestions(for name: String) -> [String] {
        Spelling.nearest(to: name, among: names())
    }
}
