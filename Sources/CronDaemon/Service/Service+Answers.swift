internal import CronJobs
internal import CronTables
internal import LinuxEvents

/// What is known of the table without asking anybody who may be waiting for a file system.
struct TableState: Sendable {
    var revision: Int?
    /// What times with `a~b` are drawn from.
    var seed = ""
    /// Why not all that the files hold is in use.
    var reasons: [String] = []
}

// File systems that do not answer: said once, shown as degraded, and nothing else waits for them.
extension Service {
    /// Takes over what the keeper knows. Only for who has the table's lock.
    func noteTableState(_ keeper: TableKeeper) async {
        tableState = TableState(revision: await keeper.currentRevision, seed: await keeper.drawsFrom, reasons: await keeper.faults.reasons)
        await once?.setZone(await keeper.zone)
    }

    /// The first table, once its files and folders have answered.
    func firstAnswer(_ keeper: TableKeeper) async -> Result<LoadedTable, ServiceFailure> {
        let paths = pathAnswers.begin()
        await watchList.renew(nil)
        pathAnswers.end(paths)
        let ticket = keeperAnswers.begin()
        let start = await firstTable(keeper)
        await noteTableState(keeper)
        keeperAnswers.end(ticket)
        return start
    }

    private func firstTable(_ keeper: TableKeeper) async -> Result<LoadedTable, ServiceFailure> {
        while true {
            do {
                let table = try await keeper.start(policy: configuration.onStart)
                waitsForRoom = false
                return .success(table)
            } catch {
                switch error.kind {
                case .store where await waitForRoom(): continue
                case .store where stopping: return .failure(ServiceFailure(code: 0, message: error.description))
                case .store: return .failure(ServiceFailure(code: 69, message: error.description))
                case .foreign: return .failure(ServiceFailure(code: 75, message: error.description))
                case .missing: return .failure(ServiceFailure(code: 66, message: error.description))
                case .table: return .failure(ServiceFailure(code: 65, message: error.description))
                }
            }
        }
    }

    /// Why the table cannot be looked at now; nil where it can.
    var tableSilence: String? {
        if pathAnswers.isSilent { return "\(watchList.touching ?? "a file of the table") does not answer" }
        if keeperAnswers.isSilent { return "reading or storing the table has not finished yet" }
        return nil
    }

    func makePathAnswers() -> AnswerWatch {
        AnswerWatch(loop: loop, seconds: 5) { [unowned self] event in assumeIsolated { $0.tellOfPaths(event) } }
    }

    /// Compiling a large table takes seconds, and so may its way to a store.
    func makeKeeperAnswers() -> AnswerWatch {
        AnswerWatch(loop: loop, seconds: 30) { [unowned self] event in assumeIsolated { $0.tellOfKeeper(event) } }
    }

    /// A server is given up by its client; a file's volume is waited for as long as it takes.
    func makeStoreAnswers() -> AnswerWatch {
        AnswerWatch(loop: loop, seconds: 5) { [unowned self] event in assumeIsolated { $0.tellOfStore(event) } }
    }

    func askingStore(isShared: Bool) -> @Sendable () -> @Sendable () -> Void {
        if isShared { return { {} } }
        return { [unowned self] () -> @Sendable () -> Void in
            let ticket = assumeIsolated { (service: isolated Service) -> AnswerWatch.Ticket in service.storeAnswers.begin() }
            return { [unowned self] () -> Void in assumeIsolated { $0.storeAnswers.end(ticket) } }
        }
    }

    private func tellOfStore(_ event: AnswerWatch.Event) {
        switch event {
        case .silent:
            log.error(
                "the store does not answer; jobs wait until it does", .text("store", store?.place.description ?? "-"),
                .text("remedy", "check that its volume can be reached and takes writes"))
        case .answers(let length): log.info("the store answers again", .number("after_ms", length.wholeMilliseconds))
        }
    }

    private func tellOfPaths(_ event: AnswerWatch.Event) {
        switch event {
        case .silent:
            log.warning(
                isOpen
                    ? "a file or folder of the table does not answer; known jobs go on, edits wait"
                    : "a file or folder of the table does not answer; the start waits for it", .text("path", watchList.touching ?? "-"),
                .text("remedy", "check that its file system can be reached, or unmount it"))
        case .answers(let length):
            log.info("the table's files and folders answer again", .number("after_ms", length.wholeMilliseconds))
        }
    }

    private func tellOfKeeper(_ event: AnswerWatch.Event) {
        switch event {
        // Waiting for room was said already.
        case .silent where waitsForRoom: break
        case .silent:
            log.warning(
                "reading or storing the table takes long; known jobs go on, edits wait",
                .text("remedy", "check that the file systems of the table's files and the store answer"))
        case .answers(let length): log.info("the table was read", .number("after_ms", length.wholeMilliseconds))
        }
    }
}

// A start on a full volume. The store is opened and locked, so what it holds counts: marks, pauses, revisions. What cannot be entered waits, and
// nothing is started meanwhile; the service never goes on without it.

extension Service {
    /// Says once that the store's volume is full.
    func noteRoom() async {
        guard let store, await store.isWithoutRoom(), !isFullSaid else { return }
        isFullSaid = true
        log.error(
            "the store's volume is full: nothing is started until there is room", .text("store", store.place.description),
            .text("remedy", "free space on its volume"))
    }

    /// Waits a moment where the store has no room, and answers whether it is worth another try. The socket answers `status` meanwhile.
    func waitForRoom() async -> Bool {
        guard !stopping, let store, await store.isWithoutRoom() else { return false }
        await noteRoom()
        if !waitsForRoom {
            waitsForRoom = true
            await openSocket()
        }
        await wait(.seconds(1))
        return !stopping
    }

    /// Which jobs are gone is only noted to forget them later; without room that is left to the next table.
    func retain(_ jobs: Set<JobID>, in ledger: any Ledger) async throws(StoreError) {
        do throws(StoreError) {
            try await ledger.retain(jobs, now: clocks.wall)
        } catch {
            guard error.code == .full else { throw error }
        }
    }
}
