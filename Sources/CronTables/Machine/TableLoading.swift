internal import CronExpressions
internal import CronJobs

// From files to a table that can be handed out: all that is decided about its jobs is decided here, before it is published.
//
//     looking back ─▶ [admitting] ─▶ whole
//      last good       which jobs run here,
//      versions        and where they stand

struct TableLoading {
    let files: [TableFile]
    private(set) var table: LoadedTable
    /// Where jobs of earlier revisions begin, at a start.
    private let known: [JobID: Instant]?
    private var search: LastGoodSearch
    /// Everything about its jobs is decided.
    private(set) var isWhole = false

    /// - Parameters:
    ///   - compiled: the files' jobs.
    ///   - since: where jobs begin that nobody knows.
    ///   - previous: the revision whose lines are the last good versions of the bad ones.
    ///   - known: where jobs of earlier revisions begin, at a start.
    init(_ files: [TableFile], _ compiled: CompiledTable, since: Instant, after previous: Int, known: [JobID: Instant]? = nil) {
        self.files = files
        self.known = known
        table = LoadedTable(compiled: compiled, since: since)
        table.watermarks = known ?? [:]
        search = LastGoodSearch(from: compiled.faults.isEmpty ? 0 : previous)
    }

    func begin() -> TableMachine.Question { search.wanted.map { .files(of: $0) } ?? .admit(table.compiled) }

    /// What is asked next; `nil` where the table is whole. Throws where it cannot be told where jobs stand.
    mutating func go(
        on answer: TableMachine.Answer, _ situation: TableSituation
    ) throws(StoreError) -> TableMachine.Question? {
        switch answer {
        case .admitted(let admitted):
            take(admitted)
            return nil
        case .files(let files): return lookBack(files, situation)
        // A revision that cannot be read is none to fall back on.
        case .failed where search.wanted != nil: return lookBack(nil, situation)
        case .failed(let error): throw error
        default: throw StoreError(.unavailable, "the table could not be loaded")
        }
    }

    private mutating func lookBack(_ files: [TableFile]?, _ situation: TableSituation) -> TableMachine.Question? {
        search.take(files, situation.compiler)
        if let number = search.wanted { return .files(of: number) }
        if let previous = search.found(situation.holdsForWholeFile) {
            LastGood.fill(&table.compiled, files: self.files, from: previous, holdsForWholeFile: situation.holdsForWholeFile)
        }
        return .admit(table.compiled)
    }

    private mutating func take(_ admitted: TableMachine.Admitted) {
        isWhole = true
        table.compiled = admitted.table
        table.elsewhere = admitted.elsewhere
        table.isKnown = !admitted.marks.isEmpty
        // A job that comes back begins after what was decided of it, and after the time when the table did not have it.
        for (id, mark) in admitted.marks { table.watermarks[id] = max(mark, known == nil ? table.since : known?[id] ?? mark) }
    }

    /// It is this revision.
    mutating func become(_ revision: Revision?) { table.revision = revision }
}

/// The search through older revisions for what ran before: back to the first one without a bad line.
private struct LastGoodSearch {
    private static let mostSteps = 32

    /// The revision that is to be looked at next.
    private(set) var wanted: Int?
    private var steps = 0
    /// The newest first.
    private var chain: [AppliedTable] = []

    init(from number: Int) { wanted = number > 0 ? number : nil }

    mutating func take(_ files: [TableFile]?, _ compiler: TableCompiler) {
        guard let number = wanted else { return }
        steps += 1
        wanted = number > 1 && steps < Self.mostSteps ? number - 1 : nil
        guard let files else { return }
        let compiled = compiler.compile(files)
        chain.append(AppliedTable(files: files, compiled: compiled))
        if compiled.faults.isEmpty, compiled.refused.isEmpty { wanted = nil }
    }

    /// What ran of the newest of them.
    func found(_ holdsForWholeFile: (TableFile) -> Bool) -> AppliedTable? {
        var previous: AppliedTable?
        for var table in chain.reversed() {
            if let previous { LastGood.fill(&table.compiled, files: table.files, from: previous, holdsForWholeFile: holdsForWholeFile) }
            previous = table
        }
        return previous
    }
}
