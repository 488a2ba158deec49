// The machine's own zone is what somebody meant: `/etc/localtime` is a link as a rule, and its target's name says as much as its bytes. In an image
// without zone data the link leads nowhere, and the copy inside the program has the zone that it names.

/// The machine's own zone, and zones that have no name of their own.
extension ZoneDatabase {
    /// The zone of the machine: what the TZ variable says (a name, a name after a colon, or a POSIX rule), else
    /// `/etc/localtime`, else UTC.
    public func localZone(environmentTZ: String?) -> Zone {
        knownLocalZone(environmentTZ: environmentTZ) ?? .utc
    }

    /// The zone of the machine; nil where nothing, or nothing that can be read, says which.
    public func knownLocalZone(environmentTZ: String?) -> Zone? { try? machineZone(environmentTZ) }

    /// What is wrong with a TZ variable, or with `/etc/localtime` where there is no variable, for which UTC stands in; nil where nothing is. The
    /// name in it is the variable's whole text, or the path.
    public func fault(ofTZ text: String?) -> ZoneError? {
        do throws(ZoneError) { _ = try machineZone(text) } catch { return error }
        return nil
    }

    /// nil where nothing says which.
    private func machineZone(_ variable: String?) throws(ZoneError) -> Zone? {
        guard let variable else { return try linkedZone(localFile, shown: localFile) }
        let name = variable.hasPrefix(":") ? String(variable.dropFirst()) : variable
        let shown = "TZ=" + VisibleText.of(String(variable.prefix(100))) + (variable.count > 100 ? "..." : "")
        if name.isEmpty { return .utc }
        if name.hasPrefix("/") { return try zone(path: name, variable, shown) }
        do throws(ZoneError) { return try zone(named: name) } catch {
            if let zone = Self.posixZone(name) { return zone }
            let what = error.isDamaged ? "the file of this zone is damaged or no zone file" : "there is no such time zone"
            throw ZoneError(
                name: variable, message: "\(shown): \(what)", suggestions: error.isDamaged ? [] : suggestions(for: name),
                isDamaged: error.isDamaged)
        }
    }

    /// The zone of a path in the TZ variable.
    private func zone(path: String, _ variable: String, _ shown: String) throws(ZoneError) -> Zone {
        do throws(ZoneError) {
            if let zone = try linkedZone(path, shown: shown) { return zone }
        } catch  where error.isDamaged && (FileBytes.target(of: path) ?? path).range(after: "/zoneinfo/") != nil {
            throw error
        } catch {}
        throw ZoneError(name: variable, message: "\(shown): there is no such time zone file", suggestions: [])
    }

    /// The zone of a file, of a link to one, or of the name in either; nil where nothing is there.
    private func linkedZone(_ path: String, shown: String) throws(ZoneError) -> Zone? {
        let target = FileBytes.target(of: path), name = (target ?? path).range(after: "/zoneinfo/")
        if let name, let zone = try? zone(named: name) { return zone }
        if let bytes = FileBytes.read(path) {
            if let zone = Self.zone(bytes, identifier: path) { return zone }
            throw ZoneError(name: path, message: "\(shown): this file is damaged or no zone file", suggestions: [], isDamaged: true)
        }
        guard let target else { return nil }
        let leads = target == path ? "this file" : "it leads to \(VisibleText.of(String(target.prefix(200)))), which"
        throw ZoneError(name: path, message: "\(shown): \(leads) cannot be read", suggestions: name.map { suggestions(for: $0) } ?? [])
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
