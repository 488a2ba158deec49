internal import CronJobs
internal import CronStoreSQLite

/// The store that the configuration asks for, opened. The only switch over its implementations.
struct StoreOpening {
    var ledger: any Ledger
    var revisions: any RevisionStore
    /// The original service's data, where this store holds it and this service may touch it.
    var original: (any OriginalData)?
    /// What it is, for people: `sqlite:/var/lib/crond/default.db`.
    var description: String
    /// How long it lasts: `disk`, or `process` where nothing of it outlives the container.
    var durability: String
    /// What a better place for it would give.
    var lack: Lack?

    static func open(_ configuration: Configuration, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening
    {
        switch configuration.store {
        case .memory: return memory()
        case .sqlite(let path): return try await sqlite(path, wait: wait, clocks: clocks, log: log)
        case .automatic:
            guard let path = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                return fallBack("no writable place for it is known")
            }
            do {
                return try await sqlite(path, wait: wait, clocks: clocks, log: log)
            } catch  where error.code == .readOnly || error.code == .unavailable || error.code == .full {
                return fallBack(error.message)
            }
        }
    }

    private static func memory() -> StoreOpening {
        StoreOpening(ledger: MemoryLedger(), revisions: MemoryRevisionStore(), description: "memory", durability: "process")
    }

    private static func fallBack(_ reason: String) -> StoreOpening {
        var opening = memory()
        opening.lack = Lack(
            what: "store", reason: "marks, history and table revisions live in memory and end with this process: \(reason)",
            remedy: "mount a volume at /var/lib/crond, or set XDG_STATE_HOME or --store sqlite:PATH")
        return opening
    }

    private static func sqlite(_ path: String, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening {
        let store = try await SQLiteStore.open(path: path, wait: wait, now: clocks.wall)
        if let aside = await store.setAside {
            log.error("the store was damaged and was set aside; this one starts empty", .text("path", aside))
        }
        var opening = StoreOpening(ledger: store, revisions: store, description: "sqlite:\(path)", durability: "disk")
        if store.isEphemeral {
            opening.durability = "container"
            opening.lack = Lack(
                what: "store", reason: "it ends with this container: \(path) is not on a volume",
                remedy: "mount a volume at its folder")
        }
        return opening
    }
}
