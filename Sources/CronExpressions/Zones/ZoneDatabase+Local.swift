/// The machine's own zone, and zones that have no name of their own.
extension ZoneDatabase {
    /// The zone of the machine: what the TZ variable says (a name, a name after a colon, or a POSIX rule), else
    /// `/etc/localtime`, else UTC.
    public func localZone(environmentTZ: String?) -> Zone {
        knownLocalZone(environmentTZ: environmentTZ) ?? .utc
    }

    /// The zone of the machine; nil where nothing, or nothing that can be read, says which.
    public func knownLocalZone(environmentTZ: String?) -> Zone? {
        if let environmentTZ {
            let name = environmentTZ.hasPrefix(":") ? String(environmentTZ.dropFirst()) : environmentTZ
            if name.isEmpty { return .utc }
            if name.hasPrefix("/") { return Self.zone(file: name) }
            if let zone = try? zone(named: name) { return zone }
            return Self.posixZone(name)
        }
        guard let real = FileBytes.realPath("/etc/localtime") else { return nil }
        if let range = real.range(after: "/zoneinfo/"), let zone = try? zone(named: range) { return zone }
        return Self.zone(file: "/etc/localtime")
    }

    /// What is wrong with a TZ variable for which UTC stands in; nil where nothing is. The name in it is the variable's whole text.
    public func fault(ofTZ text: String) -> ZoneError? {
        guard knownLocalZone(environmentTZ: text) == nil else { return nil }
        let name = text.hasPrefix(":") ? String(text.dropFirst()) : text
        let shown = VisibleText.of(String(text.prefix(100))) + (text.count > 100 ? "..." : "")
        let isPath = name.hasPrefix("/")
        return ZoneError(
            name: text, message: "TZ=\(shown): there is no such time zone\(isPath ? " file" : "")",
            suggestions: isPath ? [] : suggestions(for: name))
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
        FileBytes.read(path).flatMap { zone($0, identifier: path) }
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
