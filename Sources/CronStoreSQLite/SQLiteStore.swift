public import CronJobs
internal import Glibc
internal import LinuxEvents

// The single-node store: one file, one connection, one thread.
//
// The connection holds an exclusive lock for its whole life, which makes the file the instance lock and needs no shared memory beside it
// (whose mapping would fault on a full disk). Write-ahead log with synchronous=FULL: a commit costs one fdatasync.
//
//      claim, skip, finish ...   ──▶ one transaction: pending starts + the batch ──▶ durable
//      start                     ──▶ pending list ──▶ with the next transaction, or alone after 100 ms
//
// A volume that is full: the reserve file is given free, old history pruned, the log checkpointed, and the transaction tried once more
// (SQLiteStore+Room). A transaction that failed is rolled back and its error answered; it is never half a claim.

/// Ledger and table history in an SQLite file. The file can be open once only, machine-wide.
public actor SQLiteStore: Ledger, RevisionStore {
    /// The file, absolute.
    public nonisolated let path: String
    /// The file lies where nothing survives the machine or container (memory, a container's own layer).
    public nonisolated let isEphemeral: Bool
    /// Where a damaged file was put when this store began anew in its place. Its history, watermarks included, is not in this store.
    public private(set) var setAside: String?
    /// Logs that lay beside the name without a store, and were set aside where it was made.
    public private(set) var loneLogs: [String] = []

    /// Who else could change or replace the file, in words; `nil` where nobody can.
    public nonisolated var exposure: String? { location.exposure }
    /// Whether anything has this name; also what is no store.
    public static func isThere(_ path: String) -> Bool { Location.isThere(path) }

    /// Pages in the log after which they go into the file.
    static let checkpointPages = 1000

    private let executor: ThreadExecutor
    public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    let location: Location
    let reserve: Reserve
    private(set) var connection: Connection?
    private var entry: OpenFile?
    /// The file as it was opened to be checked, see `SQLiteStore+Check`.
    var looked: PlainFile?
    /// Where the open file was when it was opened: see `Place`.
    private var place: Place?
    private let madeAgain: @Sendable () -> Void
    private var pending: [Start] = []
    private var flushing = false
    /// Set while the volume is full: see `SQLiteStore+Room`.
    var tightness: Tightness?
    /// The volume is full, and all that could be given up was not enough for the last write. The store can be read.
    public private(set) var isWithoutRoom = false
    /// The beginning of this life, while there is no room to enter it.
    var unwrittenOpening: LedgerOpening?

    var incarnation: Int64 = 0
    var bootID = ""
    /// When the life before this one was last seen.
    var earlierSeen: WallTime?
    /// What the file says, kept at hand for claims: nobody else writes it.
    var jobPauses = JobPauses()
    /// The last time that a caller told, for those who tell none.
    var heard = WallTime(nanoseconds: 0)
    private var lastFence: Int64 = 0
    var retention = Retention()
    /// Somebody wants facts: what the file says, kept at hand.
    var keepsFacts = false
    var outputLimit = OutputLimit.inFile
    /// Bytes of output at most; counted at the first output.
    var outputSize: Int?
    /// Where the next prune goes on, see `SQLiteStore+Retention`.
    var pruned = ""

    private init(_ location: Location, madeAgain: @escaping @Sendable () -> Void) {
        self.location = location
        self.madeAgain = madeAgain
        path = location.path
        isEphemeral = location.isEphemeral
        reserve = Reserve(path: location.path + ".reserve")
        executor = ThreadExecutor()
    }

    deinit { executor.stop() }

    /// Opens the file, and makes it (0600) and its directory (0700) where missing.
    ///
    /// A file that is no store, or that others could have written, is refused and left as it is. While another process holds it, this tries
    /// again until `wait` is over and then throws `held`. A damaged store is renamed, never read again, and a new one begun: see `setAside`; of
    /// a large one only what decides is looked at for that, and `damage()` looks at the rest later.
    /// One on a full volume is opened, and can be read: see `isWithoutRoom`. Network file systems are refused because their locks cannot be trusted.
    ///
    /// ```swift
    /// let store = try await SQLiteStore.open(path: "/var/lib/app/jobs.db", wait: .seconds(30), now: clocks.wall)
    /// let opening = try await store.open(bootID: bootID, now: clocks.wall)
    /// ```
    ///
    /// - Parameters:
    ///   - replacesEmpty: a file without a byte is taken for one that an earlier version could not fill.
    ///   - madeAgain: called when the file was removed while it was open, and made again with all that it held.
    public static func open(
        path: String, wait: Duration = .zero, now: WallTime, allowNetworkFileSystem: Bool = false, replacesEmpty: Bool = false,
        madeAgain: @escaping @Sendable () -> Void = {}
    ) async throws(StoreError) -> SQLiteStore {
        let location = try Location(path, allowNetworkFileSystem: allowNetworkFileSystem)
        if replacesEmpty { location.removeEmpty() }
        let store = SQLiteStore(location, madeAgain: madeAgain)
        let pause = Duration.milliseconds(50)
        var left = wait
        while true {
            do throws(StoreError) {
                try await store.connect(now: now)
                return store
            } catch {
                guard error.code == .held, left > .zero else { throw error }
            }
            left -= pause
            do { try await SharedPool.wait(for: pause) } catch { throw StoreError(.held, "\(path): waiting for it was cancelled") }
        }
    }

    /// The store as it is now, for reading, until it is closed. The file is not changed, nor is anything made beside it. Throws `held` while a
    /// service has it open; one that starts meanwhile waits.
    public static func read(path: String) async throws(StoreError) -> SQLiteStore {
        let store = SQLiteStore(try Location(path, allowNetworkFileSystem: true, forReading: true), madeAgain: {})
        try await store.connectToRead()
        return store
    }

    private func connectToRead() throws(StoreError) {
        guard let entry = OpenFile(path) else { throw StoreError(.held, "\(path): this process has it open already") }
        guard let file = try StoreFile(location) else { throw StoreError(.unavailable, "there is no store at \(path)") }
        try file.share()
        var reader = try Connection(reading: try file.pages(), of: path)
        for setting in ["temp_store=MEMORY", "trusted_schema=OFF", "cell_size_check=ON"] { try reader.execute("PRAGMA \(setting)") }
        if try !Schema.isNewest(reader) {
            reader.close()
            reader = try Connection(copy: try file.copy(), of: path)
            try Self.prepare(reader)
        }
        jobPauses = try Self.storedPauses(in: reader)
        connection = reader
        self.entry = entry
    }

    private func connect(now: WallTime) throws(StoreError) {
        guard let entry = OpenFile(path) else { throw StoreError(.held, "\(path): this process has it open already") }
        do throws(StoreError) {
            connection = try connectWithReserve(now: now)
            place = location.place
            self.entry = entry
            makeReserve()
        } catch {
            throw error.code == .held ? StoreError(.held, "\(path): another process holds it") : error
        }
    }

    /// The last life may have left a reserve on a volume that is full by now. A store that is there is opened even without any room.
    private func connectWithReserve(now: WallTime) throws(StoreError) -> Connection {
        do throws(StoreError) {
            return try connectOnce(now: now)
        } catch {
            guard error.code == .full else { throw error }
        }
        tightness = Tightness(dropped: reserve.drop())
        return try connectOnce(now: now, needsRoom: false)
    }

    private func connectOnce(now: WallTime, needsRoom: Bool = true) throws(StoreError) -> Connection {
        if try StoreFile(location) == nil { loneLogs += try location.make(now: now) }
        let inode = location.inode
        do throws(StoreError) {
            return try configured(needsRoom: needsRoom)
        } catch {
            guard error.code == .corrupt else { throw error }
        }
        guard let aside = try location.setAside(inode: inode, now: now) else {
            throw StoreError(.held, "\(path): another process replaced it")
        }
        setAside = aside
        _ = try location.make(now: now)
        return try configured(needsRoom: needsRoom)
    }

    private func configured(needsRoom: Bool = true) throws(StoreError) -> Connection {
        let connection = try Connection(path: path)
        do throws(StoreError) {
            for setting in [
                "locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=\(Self.checkpointPages)",
                "trusted_schema=OFF",
                "cell_size_check=ON", "temp_store=MEMORY", "journal_size_limit=16777216",
            ] { try connection.execute("PRAGMA \(setting)") }
            try Self.prepare(connection)
            lastFence = try Meta.number("fence", in: connection) ?? 0
            jobPauses = try Self.storedPauses(in: connection)
            keepsFacts = try Meta.number("facts", in: connection) == 1
            isWithoutRoom = try !Self.lock(connection, needsRoom: needsRoom)
            return connection
        } catch {
            connection.close()
            throw error
        }
    }

    private static func prepare(_ connection: Connection) throws(StoreError) {
        try checkAtStart(connection)
        try Schema.prepare(connection)
    }

    /// Takes the lock, which comes with the first write, now; answers whether there was room for that.
    private static func lock(_ connection: Connection, needsRoom: Bool) throws(StoreError) -> Bool {
        do throws(StoreError) {
            try connection.transaction { connection throws(StoreError) in
                try Meta.set("opened", .int(Int(getpid())), in: connection)
                try unmark(connection)
            }
            return true
        } catch {
            guard error.code == .full, !needsRoom else { throw error }
        }
        // Beginning to write takes the lock, too, and no room.
        try connection.execute("BEGIN IMMEDIATE")
        try connection.execute("ROLLBACK")
        return false
    }

    /// Notes when that was, folds the log into the file and gives the lock free.
    public func close(now: WallTime) {
        guard connection != nil else { return }
        if connection?.hasMetDamage == true { markDamage() }
        _ = try? write { connection throws(StoreError) in try Meta.set("last_seen", .int(now.nanoseconds), in: connection) }
        guard let connection else { return }
        _ = try? connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
        self.connection = nil
        looked = nil
        entry = nil
    }
}

extension SQLiteStore {
    /// The connection for reading. Starts that wait are written first, so that reading sees them; a failure of that is no error of reading.
    func reader() throws(StoreError) -> Connection {
        if !pending.isEmpty { _ = try? write { _ throws(StoreError) in } }
        return try current()
    }

    /// One durable transaction. `body` may run twice: it must not change the actor but for its fences.
    func write<T>(_ body: (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        let connection = try inPlace()
        do throws(StoreError) {
            return try attempt(connection, body)
        } catch {
            if connection.hasMetDamage { markDamage() }
            guard error.code == .full else { throw error }
            makeRoom(connection)
        }
        do throws(StoreError) {
            return try attempt(connection, body)
        } catch {
            isWithoutRoom = error.code == .full
            throw error
        }
    }

    /// A transaction that is given up where there is no room for it: `nil`, and nothing else is given up for it.
    func writeWithinRoom<T>(_ body: (Connection) throws(StoreError) -> T) throws(StoreError) -> T? {
        let connection = try inPlace()
        do throws(StoreError) {
            return try attempt(connection, body)
        } catch {
            guard error.code == .full else { throw error }
            return nil
        }
    }

    /// Commits of `body` are confirmed by the disk with the next one that is: a failure of the power may take them back.
    func withoutWaitingForDisk<T>(_ body: () throws(StoreError) -> T) throws(StoreError) -> T {
        _ = try? connection?.execute("PRAGMA synchronous=NORMAL")
        defer { _ = try? connection?.execute("PRAGMA synchronous=FULL") }
        return try body()
    }

    private func attempt<T>(_ connection: Connection, _ body: (Connection) throws(StoreError) -> T) throws(StoreError) -> T {
        let starts = pending
        if tightness != nil { giveUpHistory(connection) }
        let result = try connection.transaction { connection throws(StoreError) in
            if tightness != nil { try pruneAgain(connection) }
            if let unwrittenOpening { try Self.enter(unwrittenOpening, bootID: bootID, in: connection) }
            try apply(starts, to: connection)
            return try body(connection)
        }
        pending.removeAll(keepingCapacity: true)
        unwrittenOpening = nil
        isWithoutRoom = false
        return result
    }

    private func current() throws(StoreError) -> Connection {
        guard let connection else { throw StoreError(.unavailable, "\(path): the store is closed") }
        return connection
    }

    /// The connection, with its file at its name: see `Place`.
    private func inPlace() throws(StoreError) -> Connection {
        let connection = try current()
        guard let place else { return connection }
        switch location.change(since: place) {
        case .none: return connection
        case .removed: return try makeAgain(connection, at: place)
        case .replaced:
            location.dropLog(of: place)
            throw StoreError(
                .unavailable,
                """
                \(path): another file has this name now, and is not touched: restart the service to use it, or take it away to have the \
                store made again with all that it held
                """)
        }
    }

    /// The file at its name again: a copy that gets the name when it is whole, so that nobody opens half of it.
    private func makeAgain(_ old: Connection, at place: Place) throws(StoreError) -> Connection {
        let copy = path + ".again", fence = lastFence
        try location.makeFolder(on: place.volume)
        try location.withLock { () throws(StoreError) in
            try location.dropCopy()
            do throws(StoreError) {
                try Location.makeFile(copy)
                try old.copy(to: copy)
                guard location.dropLog(of: place) else { throw StoreError(.held, "\(path): another process is making it") }
                try location.giveName(to: copy)
            } catch {
                unlink(copy)
                throw error
            }
        }
        do throws(StoreError) {
            connection = try configured()
        } catch {
            // Whoever was faster has all that it holds.
            if error.code != .held { unlink(path) }
            throw error
        }
        old.close()
        self.place = location.place
        lastFence = max(fence, lastFence)
        makeReserve()
        madeAgain()
        return try current()
    }

    /// A number greater than every fence before it, in any life of this file.
    func nextFence(now: WallTime) throws(StoreError) -> Int64 {
        guard lastFence < .max else { throw StoreError(.corrupt, "\(path): the stored fence cannot grow any more") }
        lastFence = max(lastFence + 1, now.nanoseconds / 1000)
        return lastFence
    }

    func saveFence(in connection: Connection) throws(StoreError) { try Meta.set("fence", .int(lastFence), in: connection) }

    /// Keeps starts for the next transaction, which comes within 100 ms.
    public func start(_ starts: [Start]) throws(StoreError) {
        _ = try current()
        pending += starts
        guard !flushing, !pending.isEmpty else { return }
        flushing = true
        executor.run(after: .milliseconds(100)) { [weak self, executor] in
            Task(executorPreference: executor) { await self?.flush() }
        }
    }

    private func flush() {
        flushing = false
        guard !pending.isEmpty else { return }
        _ = try? write { _ throws(StoreError) in }
    }
}
