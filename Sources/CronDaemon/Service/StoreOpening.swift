internal import Crontabs
internal import CronJobs
internal import CronStoreRedis
internal import CronStoreSQLite

/// The store that the configuration asks for, opened. The only switch over its implementations.
///
/// A class, because Swift 6.3 hands a structure of this size on damaged when an optimised `async throws(StoreError)` function returns it.
final class StoreOpening: Sendable {
    let ledger: any Ledger
    let revisions: any RevisionStore
    /// The legacy service's data, where this store holds it and this service may touch it.
    let legacy: (any LegacyData)?
    let place: StorePlace
    let durability: Durability
    var outlivesProcess: Bool { durability != .process }
    /// How long before their fire time jobs are claimed at most: where a disk confirms each claim, and nobody else decides.
    var claimsAhead: Duration { ledger.shared == nil && outlivesProcess ? .milliseconds(50) : .zero }
    /// The store's own clock, where others share it: jobs are planned by it.
    let clock: StoreClock?
    /// How long a store lasts.
    enum Durability: String {
        case disk
        case container
        case process
        /// That depends on how its server is set up.
        case engine
    }

    /// What a better place for it would give.
    let reduced: [ReducedFeature]
    /// Whether its volume is full.
    let isWithoutRoom: @Sendable () async -> Bool
    /// Looks at what of a large file the start did not; says what is wrong with it.
    let damage: @Sendable () async -> String?

    init(
        ledger: any Ledger, revisions: any RevisionStore, legacy: (any LegacyData)? = nil, place: StorePlace, durability: Durability,
        clock: StoreClock? = nil, reduced: [ReducedFeature] = [], isWithoutRoom: @escaping @Sendable () async -> Bool = { false },
        damage: @escaping @Sendable () async -> String? = { nil }
    ) {
        self.ledger = ledger
        self.revisions = revisions
        self.legacy = legacy
        self.place = place
        self.durability = durability
        self.clock = clock
        self.reduced = reduced
        self.isWithoutRoom = isWithoutRoom
        self.damage = damage
    }

    static func open(_ configuration: Configuration, wait: Duration, clocks: any Clocks, log: Log) async throws(StoreError) -> StoreOpening
    {
        switch configuration.store {
        case .memory: return memory(reduced: [])
        case .sqlite(let path): return try await sqlite(path, isDefault: false, wait: wait, clocks: clocks, log: log)
        case .redis(let url):
            return try await redis(
                url, file: configuration.storeFile, name: configuration.name, host: configuration.host,
                isWorker: configuration.worker != nil,
                wait: wait, clocks: clocks, log: log)
        case .automatic:
            guard let path = Places.ledger(name: configuration.name, environment: configuration.environment) else {
                return fallBack("no writable place for it is known")
            }
            do {
                return try await sqlite(path, isDefault: true, wait: wait, clocks: clocks, log: log)
            } catch  where error.meansNoPlace && !SQLiteStore.isThere(path) {
                return fallBack(error.message)
            }
        }
    }

    private static func memory(reduced: [ReducedFeature]) -> StoreOpening {
        let ledger = MemoryLedger()
        return StoreOpening(
            ledger: ledger, revisions: MemoryRevisionStore(facts: ledger.factLog), place: .memory, durability: .process, reduced: reduced)
    }

    private static func fallBack(_ reason: String) -> StoreOpening {
        memory(reduced: [
            ReducedFeature(
                what: "store", reason: "marks, history and table revisions live in memory and end with this process: \(reason)",
                remedy: "mount a volume at /var/lib/crond, or set XDG_STATE_HOME or --store sqlite:PATH")
        ])
    }

    private static func sqlite(
        _ path: String, isDefault: Bool, wait: Duration, clocks: any Clocks, log: Log
    ) async throws(StoreError) -> StoreOpening {
        let store = try await connected(path, isDefault: isDefault, wait: wait, clocks: clocks, log: log)
        if let exposure = store.exposure {
            log.warning(
                "others can replace the store, and whoever does decides what runs here", .text("path", path), .text("reason", exposure),
                .text("remedy", "chown and chmod it, so that only this user and root can write there"))
        }
        if let aside = await store.setAside {
            log.error("the store was damaged and was set aside; this one starts empty", .text("path", aside))
        }
        for lone in await store.loneLogs {
            log.error(
                "a log lay there without its store and was set aside; this one starts empty", .text("path", lone),
                .text("remedy", "bring the store's own file back, and the log beside it under its name, to have what it holds"))
        }
        var reduced: [ReducedFeature] = []
        if store.isEphemeral {
            reduced.append(
                ReducedFeature(
                    what: "store", reason: "it ends with this container: \(path) is not on a volume",
                    remedy: "mount a volume at its folder"))
        }
        if await !store.hasReserve, await !store.isWithoutRoom {
            reduced.append(
                ReducedFeature(
                    what: "reserve",
                    reason: "no space is kept back for a full volume, on which then nothing starts: too little is free, or \(path).reserve "
                        + "is something else",
                    remedy: "give the volume of \(path) 1 MiB of free space or more, and move away what is not the service's"))
        }
        return StoreOpening(
            ledger: store, revisions: store, place: .file(path), durability: store.isEphemeral ? .container : .disk,
            reduced: reduced, isWithoutRoom: { await store.isWithoutRoom }, damage: { store.isCheckDue ? await store.damage() : nil })
    }

    /// Says at once that it waits, where another process holds the file.
    private static func connected(
        _ path: String, isDefault: Bool, wait: Duration, clocks: any Clocks, log: Log
    ) async throws(StoreError) -> SQLiteStore {
        let madeAgain: @Sendable () -> Void = {
            log.error(
                "the store's file was removed while it is in use: it is made again with all that it held", .text("path", path),
                .text("remedy", "find out what removes it; to begin anew, end the service first"))
        }
        do {
            return try await SQLiteStore.open(path: path, now: clocks.wall, replacesEmpty: isDefault, madeAgain: madeAgain)
        } catch  where error.code == .held && wait > .zero {
            log.warning(
                "another service holds the ledger; waiting for it", .text("path", path), .number("up_to_ms", wait.wholeMilliseconds))
        }
        return try await SQLiteStore.open(path: path, wait: wait, now: clocks.wall, replacesEmpty: isDefault, madeAgain: madeAgain)
    }
}

extension StoreError {
    /// Nothing can be written where the store would be made.
    fileprivate var meansNoPlace: Bool { code == .readOnly || code == .unavailable || code == .full }
}

/// Where a store is.
enum StorePlace: Sendable, CustomStringConvertible {
    case memory
    /// A SQLite database.
    case file(String)
    /// A server's URL without its secrets.
    case server(String)

    /// For people: `sqlite:/var/lib/crond/default.db`.
    var description: String {
        switch self {
        case .memory: "memory"
        case .file(let path): "sqlite:\(path)"
        case .server(let url): url
        }
    }
}

// What `a~b` is drawn from: the setting, else the store's seed, else a new one, which the store then keeps. A file that was used before there
// were seeds keeps drawing as its host did, so that no schedule moves: the host that the file names, as a container made anew has another. A store
// that ends with the process keeps nothing: host and line.

extension StoreOpening {
    /// `nil` where host and line decide.
    func seed(_ configuration: Configuration, now: WallTime) async throws(StoreError) -> TableSeed? {
        if let text = configuration.seed { return try await revisions.keep(.given(text, at: now)) }
        guard outlivesProcess else { return nil }
        if let known = try await revisions.seed() { return known }
        var text = "\(String(UInt64.random(in: .min ... .max), radix: 16))\(String(UInt64.random(in: .min ... .max), radix: 16))"
        if ledger.shared == nil, let newest = try await revisions.newestRevision() {
            text = DrawSource.host(newest.host ?? configuration.host).text
        }
        return try await revisions.offer(.drawn(text, at: now))
    }
}
