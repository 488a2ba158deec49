public import CronExpressions
internal import CronJobs

/// Follows the time zone data: a reload gives the jobs the rules that the zone files hold now.
extension TableKeeper {
    /// Looks at the files of the zones in use and at what the service's own zone is, and says in one line what changed.
    func refreshZones() {
        let found = compiler.zones.refresh()
        var changed = found.changed
        if let own = ownZone(), own != compiler.zone {
            compiler.zone = own
            if !changed.contains(own.identifier) { changed.append(own.identifier) }
        }
        if !found.lost.isEmpty { say(.zonesLost(found.lost)) }
        guard !changed.isEmpty else { return }
        zonesChanged = true
        say(.zonesChanged(changed))
    }

    /// The service's own zone.
    public var zone: Zone { compiler.zone }

    /// The applied revision with the zones' new rules. Where a revision's file could not be written, the files hold another content: so not theirs.
    func compileAgain() async -> Check {
        guard zonesChanged else { return .unchanged }
        do {
            guard let number = appliedRevision, let files = try await appliedFiles() else {
                zonesChanged = false
                return .unchanged
            }
            let revision = try await store.revision(number)
            var compiled = compiled(files)
            zonesChanged = false
            guard isUsable(compiled) else { return .unchanged }
            faults.badLines = compiled.faults.count
            if !compiled.faults.isEmpty { await fillLastGood(&compiled, files: files, before: number) }
            return .changed(LoadedTable(compiled: compiled, revision: revision, since: clocks.wall.instant))
        } catch {
            if isNew("zones wait: \(error)") { say(.zonesWait(reason: "\(error)")) }
            return .unsettled(.seconds(1))
        }
    }
}
