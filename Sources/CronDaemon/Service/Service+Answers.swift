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
