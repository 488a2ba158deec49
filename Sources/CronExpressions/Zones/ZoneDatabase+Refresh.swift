internal import Synchronization

/// What a look at the zone files found.
public struct ZoneRefresh: Hashable, Sendable {
    /// Zones in use whose rules are others now, and names asked for in vain that are zones now; sorted.
    public var changed: [String] = []
    /// Zones in use whose files are damaged or gone, with nothing to stand in for them: their rules as known stay. Sorted.
    public var lost: [String] = []
}

/// Zone data changes while a program runs: the package with it is updated, or installed only now.
extension ZoneDatabase {
    /// Looks whether the files of the zones asked for so far are still the same, and reads again those that are not.
    ///
    /// Zones handed out before keep their rules; whoever wants the new ones asks by name again.
    public func refresh() -> ZoneRefresh {
        var result = ZoneRefresh()
        let (entries, missing) = memory.withLock { ($0.entries, $0.missing) }
        for (name, known) in entries where FileIdentity(path: directory + "/" + name) != known.identity {
            guard case .found(var fresh) = load(name) else {
                result.lost.append(name)
                continue
            }
            // A zone of the same rules stays the same object: then nothing that holds it looks changed.
            if fresh.zone.showsTheSame(as: known.zone) { fresh.zone = known.zone } else { result.changed.append(name) }
            memory.withLock { $0.entries[name] = fresh }
        }
        for name in missing {
            guard case .found(let fresh) = load(name) else { continue }
            result.changed.append(name)
            memory.withLock { memory in
                memory.missing.remove(name)
                memory.entries[name] = fresh
            }
        }
        result.changed.sort()
        result.lost.sort()
        return result
    }
}
