internal import CronExpressions
internal import CronJobs

// Somebody brings an older revision back: it becomes the newest, of origin `restored`, and is written into the files. It need not be signed:
// whoever asks vouches for it.
//
//     fetching ─▶ [comparing] ─▶ [loading] ─▶ publishing ─▶ reading ─▶ writing ─▶ over
//         │            └── it is in use, and the files hold it
//         └── there is no such revision, or (without a service) it names others' files
//
// Without a service nothing is in use: the newest revision stands for it, and nothing is loaded.

struct TableRestore {
    private enum Step {
        case fetching
        /// Without a service: which revision is the newest.
        case numbering
        case comparing
        case loading(TableLoading)
        case publishing(LoadedTable)
        case reading(LoadedTable)
        case writing(LoadedTable, TablePlacing)
    }

    let number: Int
    let author: String?
    private var step = Step.fetching
    private var files: [TableFile] = []
    private var hash = ""

    init(_ number: Int, author: String?) {
        self.number = number
        self.author = author
    }

    func begin() -> TableMachine.Turn { .ask(.anyFiles(of: number)) }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        switch (step, answer) {
        case (.fetching, .files(let files)): return compare(files, situation, now)
        case (.fetching, .failed(let error)):
            return .done(.refused(TableRefusal("the revision cannot be read: \(error)", .store)))
        case (.numbering, .number(let newest)):
            guard newest == number else { return load(situation, now) }
            step = .comparing
            return .ask(.read)
        case (.comparing, .snapshot(let snapshot)):
            return holds(snapshot, &situation) ? .done(.isCurrent) : load(situation, now)
        case (.loading(var loading), _):
            do throws(StoreError) {
                let question = try loading.go(on: answer, situation)
                step = .loading(loading)
                return question.map { .ask($0) } ?? publish(loading.table, situation)
            } catch {
                return refused(error)
            }
        case (_, .failed(let error)): return refused(error)
        case (.publishing(var table), .published(let revision)):
            table.revision = revision
            step = .reading(table)
            return .ask(.read)
        case (.reading(let table), .snapshot(let snapshot)):
            let placing = TablePlacing(whole: files, over: snapshot, revision: table.revision?.number ?? 0, of: situation.source)
            step = .writing(table, placing)
            return .ask(placing.question)
        case (.writing(var table, let placing), .written(let failures, let snapshot)):
            situation.put(&table, files, hash: hash, placing, failures, snapshot)
            situation.lastCheck = now.wall
            return .close(TableClosing(.changed(table), cached: files))
        default: return .done(.unchanged)
        }
    }

    private mutating func compare(_ files: [TableFile]?, _ situation: TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        guard let files else { return .done(.noRevision) }
        self.files = files
        hash = TableHash.hash(files)
        guard situation.isServed else {
            let others = files.map(\.path).filter { !situation.source.holds($0) }
            guard others.isEmpty else { return .done(.otherFiles(others)) }
            step = .numbering
            return .ask(.newestNumber)
        }
        let faults = situation.faults
        let mayBeInUse =
            number == situation.inUse.number && situation.settled.differing.isEmpty && faults.gone.isEmpty && faults.problems.isEmpty
        guard mayBeInUse else { return load(situation, now) }
        step = .comparing
        return .ask(.read)
    }

    private func holds(_ snapshot: TableSnapshot, _ situation: inout TableSituation) -> Bool {
        if situation.isServed { return situation.compare(snapshot).changed.isEmpty }
        return situation.source.ordered(snapshot.files) == situation.source.ordered(files)
    }

    private mutating func load(_ situation: TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        let since = now.wall.instant
        guard situation.isServed else { return publish(LoadedTable(compiled: CompiledTable(), since: since), situation) }
        let loading = TableLoading(files, situation.compiled(files), since: since, after: situation.inUse.number ?? 0)
        step = .loading(loading)
        return .ask(loading.begin())
    }

    private mutating func publish(_ table: LoadedTable, _ situation: TableSituation) -> TableMachine.Turn {
        step = .publishing(table)
        return .ask(situation.publishing(files, hash, .restored, author: author))
    }

    private func refused(_ error: StoreError) -> TableMachine.Turn {
        .done(.refused(TableRefusal("the revision cannot be read or written: \(error)", .store)))
    }
}
