internal import Synchronization

/// A zone that cannot be had, with names that look like what was meant.
public struct ZoneError: Error, Hashable, Sendable {
    public var name: String
    public var message: String
    public var suggestions: [String]
}

/// The time zones of a folder of compiled zone files, each read once.
///
/// A name is a path below the folder: names with `..`, a leading `/` or control characters never reach the file system.
/// `UTC`, `GMT` and `Etc/UTC` work without any files.
public final class ZoneDatabase: Sendable {
    private let directory: String
    private let cache = Mutex<[String: Zone]>([:])

    /// A database over a folder; nothing is read yet.
    public init(directory: String = "/usr/share/zoneinfo") {
        self.directory = directory
    }

    /// The database of the system's own folder.
    public static let system = ZoneDatabase()

    /// The zone of a name such as `Europe/Berlin`.
    public func zone(named name: String) throws(ZoneError) -> Zone {
        if let known = cache.withLock({ $0[name] }) { return known }
        guard Self.isPlausible(name) else {
            throw ZoneError(name: name, message: "this is not the name of a time zone", suggestions: suggestions(for: name))
        }
        let zone: Zone
        if let bytes = FileBytes.read(directory + "/" + name) {
            guard let file = TZifFile(bytes) else {
                throw ZoneError(name: name, message: "the file of this zone is damaged or no zone file", suggestions: [])
            }
            zone = Zone(ZoneStorage(identifier: name, kinds: file.kinds, changes: file.changes))
        } else if name == "UTC" {
            zone = .utc
        } else if name == "GMT" || name == "Etc/UTC" {
            let kind = ZoneKind(offset: 0, abbreviation: name == "GMT" ? "GMT" : "UTC")
            zone = Zone(ZoneStorage(identifier: name, kinds: [kind], changes: []))
        } else {
            throw ZoneError(name: name, message: "there is no such time zone", suggestions: suggestions(for: name))
        }
        return cache.withLock { known in
            if let first = known[name] { return first }
            known[name] = zone
            return zone
        }
    }

    /// The zone of the machine: what the TZ variable says (a name, a name after a colon, or a POSIX rule), else
    /// `/etc/localtime`, else UTC.
    public func localZone(environmentTZ: String?) -> Zone {
        if let environmentTZ {
            let name = environmentTZ.hasPrefix(":") ? String(environmentTZ.dropFirst()) : environmentTZ
            if name.isEmpty { return .utc }
            if name.hasPrefix("/") { return Self.zone(file: name) ?? .utc }
            if let zone = try? zone(named: name) { return zone }
            return Self.posixZone(name) ?? .utc
        }
        guard let real = FileBytes.realPath("/etc/localtime") else { return .utc }
        if let range = real.range(after: "/zoneinfo/"), let zone = try? zone(named: range) { return zone }
        return Self.zone(file: "/etc/localtime") ?? .utc
    }

    /// The zone of a POSIX TZ string such as `EST5EDT,M3.2.0,M11.1.0`.
    static func posixZone(_ text: String) -> Zone? {
        guard let rule = PosixRule(Array(text.utf8)) else { return nil }
        var kinds = [rule.standard]
        if let summer = rule.summer { kinds.append(summer.kind) }
        let start = CivilDate(year: 1900, month: 1, day: 1).dayNumber * 86_400
        let changes = rule.changes(after: Int64(start)).map { ZoneChange(start: $0.start, kind: $0.isSummer ? 1 : 0) }
        return Zone(ZoneStorage(identifier: text, kinds: kinds, changes: changes))
    }

    private static func zone(file path: String) -> Zone? {
        guard let bytes = FileBytes.read(path), let file = TZifFile(bytes) else { return nil }
        return Zone(ZoneStorage(identifier: path, kinds: file.kinds, changes: file.changes))
    }

    /// The names of all zones in the folder, sorted.
    public func names() -> [String] {
        var names: [String] = []
        collect("", depth: 0, into: &names)
        names.sort()
        return names
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

    private static func isPlausible(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 255, !name.hasPrefix("/"), !name.hasSuffix("/") else { return false }
        guard name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != ".." && $0 != "." }
    }

    private func suggestions(for name: String) -> [String] {
        Spelling.nearest(to: name, among: names())
    }
}

extension String {
    /// What follows the last occurrence of a text, or nil.
    fileprivate func range(after marker: String) -> String? {
        let (bytes, wanted) = (Array(utf8), Array(marker.utf8))
        guard bytes.count > wanted.count else { return nil }
        for start in (0...(bytes.count - wanted.count)).reversed()
        where bytes[start..<(start + wanted.count)].elementsEqual(wanted) {
            return String(decoding: bytes[(start + wanted.count)...], as: UTF8.self)
        }
        return nil
    }
}
