internal import CronJobs
internal import CronStoreSQLite

/// The store that the configuration asks for, opened. The only switch over its implementations.
struct StoreOpening {
    var ledger: any Ledger
    var revisions: any RevisionStore
    /// What it is, for people: `sqlite:/var/lib/crond/default.db`.
    var description: String
    /// How long it lasts: `disk`, or `process` where nothing of it outlives the container.
    var durability: String

    static func open(_ configuration: Configuration, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening
    {
        switch configuration.store {
        case .memory: return memory()
        case .sqlite(let path): return try await sqlite(path, wait: wait, clocks: clocks, log: log)
        case .automatic:
            guard let path = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                return fallBack("no writable place for it is known: set HOME or XDG_STATE_HOME, or --store", log: log)
            }
            do {
                return try await sqlite(path, wait: wait, clocks: clocks, log: log)
            } catch  where error.code == .readOnly || error.code == .unavailable || error.code == .full {
                return fallBack(error.message, log: log)
            }
        }
    }

    private static func memory() -> StoreOpening {
        StoreOpening(ledger: MemoryLedger(), revisions: MemoryRevisionStore(), description: "memory", durability: "process")
    }

    private static func fallBack(_ reason: String, log: Log) -> StoreOpening {
        log.warning(
            "no durable store: marks, history and table revisions live in memory and end with this process",
            .text("reason", reason), .text("remedy", "mount a volume at /var/lib/crond, or set --store sqlite:PATH"))
        return memory()
    }

    private static func sqlite(_ path: String, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening {
        let store = try await SQLiteStore.open(path: path, wait: wait, now: clocks.wall)
        if let aside = await store.setAside {
            log.error("the store was damaged and was set aside; this one starts empty", .text("path", aside))
        }
        let ephemeral = store.isEphemeral
        if ephemeral {
            log.warning(
                "the store is not on a volume: it ends with this container", .text("path", path),
                .text("remedy", "mount a volume at its folder"))
        }
        return StoreOpening(ledger: store, revisions: store, description: "sqlite:\(path)", durability: ephemeral ? "container" : "disk")
    }
}
