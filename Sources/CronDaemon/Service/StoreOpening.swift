internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite

/// The store that the configuration asks for, opened. The only switch over its implementations.
///
/// A class, because Swift 6.3 hands a structure of this size on damaged when an optimised `async throws(StoreError)` function returns it.
final class StoreOpening: Sendable {
    let ledger: any Ledger
    let revisions: any RevisionStore
    /// The original service's data, where this store holds it and this service may touch it.
    let original: (any OriginalData)?
    /// What it is, for people: `sqlite:/var/lib/crond/default.db`.
    let description: String
    /// How long it lasts: `disk`, `container`, `process`, or `engine` where that depends on how a server is set up.
    let durability: String
    /// What a better place for it would give.
    let lack: Lack?

    init(
        ledger: any Ledger, revisions: any RevisionStore, original: (any OriginalData)? = nil, description: String, durability: String,
        lack: Lack? = nil
    ) {
        self.ledger = ledger
        self.revisions = revisions
        self.original = original
        self.description = description
        self.durability = durability
        self.lack = lack
    }

    static func open(_ configuration: Configuration, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening
    {
        switch configuration.store {
        case .memory: return memory(lack: nil)
        case .sqlite(let path): return try await sqlite(path, wait: wait, clocks: clocks, log: log)
        case .redis(let url): return try await redis(url, name: configuration.name, wait: wait, clocks: clocks, log: log)
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

    private static func memory(lack: Lack?) -> StoreOpening {
        StoreOpening(
            ledger: MemoryLedger(), revisions: MemoryRevisionStore(), description: "memory", durability: "process", lack: lack)
    }

    private static func fallBack(_ reason: String) -> StoreOpening {
        memory(
            lack: Lack(
                what: "store", reason: "marks, history and table revisions live in memory and end with this process: \(reason)",
                remedy: "mount a volume at /var/lib/crond, or set XDG_STATE_HOME or --store sqlite:PATH"))
    }

    private static func sqlite(_ path: String, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening {
        let store = try await SQLiteStore.open(path: path, wait: wait, now: clocks.wall)
        if let aside = await store.setAside {
            log.error("the store was damaged and was set aside; this one starts empty", .text("path", aside))
        }
        let isEphemeral = store.isEphemeral
        let lack = Lack(
            what: "store", reason: "it ends with this container: \(path) is not on a volume", remedy: "mount a volume at its folder")
        return StoreOpening(
            ledger: store, revisions: store, description: "sqlite:\(path)", durability: isEphemeral ? "container" : "disk",
            lack: isEphemeral ? lack : nil)
    }
}
