public import CronExpressions
public import CronJobs
internal import Crontabs

// The same text means other times when zone data changes, and when `a~b` is drawn from another seed: then the table in use is loaded again.

/// What the times of the table follow from besides its text.
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

    /// How it turns files into jobs.
    public var compiling: TableCompiler { compiler }

    /// The table in use with new times. Where a revision's file could not be written, the files hold another content: so not theirs.
    func loadAgain() async -> Check {
        guard zonesChanged else { return .unchanged }
        do throws(StoreError) {
            guard let revision = inUse.revision, let files = try await filesInUse() else {
                zonesChanged = false
                return .unchanged
            }
            let compiled = compiled(files)
            guard isUsable(compiled) else {
                zonesChanged = false
                return .unchanged
            }
            var table = try await load(files, compiled, since: clocks.wall.instant, after: revision.number - 1)
            table.revision = revision
            take(table, files, hash: inUse.hash, restored: inUse.restored)
            return .changed(table)
        } catch {
            if isNew("zones wait: \(error)") { say(.zonesWait(reason: "\(error)")) }
            return .unsettled(.seconds(1))
        }
    }

    // MARK: The seed

    /// From now on `a~b` is drawn from this seed; for a start, before it.
    public func draw(from seed: TableSeed) {
        self.seed = seed
        compiler.draws = DrawSource(seed.text)
    }

    /// The text of the seed, or what stands for one.
    public var drawsFrom: String { compiler.draws.text }

    /// Gives a shared store the seed that it may have lost, and takes over one that counts more than ours: then lines with `~` are edited.
    public func agreeOnSeed() async -> Check {
        guard sharing.isShared, let seed, let kept = try? await store.keep(seed), kept != seed else { return .unchanged }
        draw(from: kept)
        guard kept.text != seed.text else { return .unchanged }
        say(.drawnAnew(seed: kept.text, before: seed.text))
        // What holds for new rules of the zones holds here: the same text means other times.
        zonesChanged = true
        return await loadAgain()
    }
}
