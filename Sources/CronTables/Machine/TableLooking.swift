internal import CronExpressions
internal import CronJobs

// A look at the table's files: somebody may have edited them, or asks for a reload.
//
//     glancing ─▶ zoning ─▶ reading ─▶ [weighing] ─▶ [loading] ─▶ publishing ─▶ over
//         │          what the zones are   │ what files hold      │            │
//         │                               │ that are kept        └── fails ───┴──▶ looked at again in a second
//         │                               ├── the same, with another mode or owner ─▶ noting ─▶ over
//         └── the very files of the last look
//                                         ├── nothing new: they hold what they held, and it may be time for new times
//                                         └── emptied, or half written: looked at again (WritingPatience)

struct TableLooking {
    private enum Step {
        case glancing
        case zoning
        case reading
        /// What is in use is wanted for it.
        case weighing(EditedContent?)
        /// What they hold is in use, and they have other attributes than they had.
        case noting([String: FileAttributes])
        case loading(TableLoading)
        case publishing(LoadedTable)
    }

    /// The files of what is in use.
    private enum Held {
        case notAsked
        /// `nil` where they cannot be told.
        case answered([TableFile]?)
    }

    let force: Bool
    /// Somebody has changed a file and has not closed it yet.
    let isBeingWritten: Bool
    private var step = Step.glancing
    private var snapshot = TableSnapshot()
    private var seen: FileComparison?
    private var held = Held.notAsked
    private var content: EditedContent?

    init(force: Bool, isBeingWritten: Bool) {
        self.force = force
        self.isBeingWritten = isBeingWritten
    }

    func begin(_ situation: inout TableSituation) -> TableMachine.Turn {
        situation.rouse()
        return .ask(.glance)
    }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        switch (step, answer) {
        case (.glancing, .glance(let stamps, let passedOver)): return glance(stamps, passedOver, &situation, now)
        case (.zoning, .zones(let found, let own)):
            situation.note(found, own: own)
            step = .reading
            return .ask(.read)
        case (.reading, .snapshot(let snapshot)): return read(snapshot, &situation, now)
        case (.weighing(let content), .files(let files)):
            held = .answered(files)
            return weigh(content, &situation, now)
        case (.weighing(let content), .failed):
            held = .answered(nil)
            return weigh(content, &situation, now)
        case (.noting(let attributes), .done):
            situation.take(attributes)
            return settled(&situation, now)
        case (.noting, .failed):
            // What was seen is not settled: the next look finds it again.
            return .close(TableClosing(.unchanged))
        case (.loading(var loading), _):
            do throws(StoreError) {
                let question = try loading.go(on: answer, situation)
                step = .loading(loading)
                if let question { return .ask(question) }
                return publish(loading.table, situation, now)
            } catch {
                return again(error, &situation)
            }
        case (.publishing(let table), .published(let revision)): return adopt(table, revision, &situation, now)
        case (.publishing, .failed(let error)): return again(error, &situation)
        default: return .done(.unchanged)
        }
    }

    // MARK: Looking

    private mutating func glance(
        _ stamps: [TableSnapshot.Stamp], _ passedOver: [String], _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        for path in passedOver { situation.say(.passedOver(path: path), onceFor: "passed over: \(path)") }
        let isWell = situation.faults.problems.isEmpty && situation.faults.gone.isEmpty
        if !force, stamps == situation.settled.stamps, !situation.meansOtherTimes, isWell {
            situation.rest(stamps)
            situation.lastCheck = now.wall
            // A host that runs for long is not forgotten.
            return .close(TableClosing(.unchanged, enters: situation.bases.isOld(at: now.wall)))
        }
        step = .zoning
        return .ask(.zones)
    }

    private mutating func read(
        _ snapshot: TableSnapshot, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        self.snapshot = snapshot
        situation.note(snapshot)
        let seen = situation.compare(snapshot)
        self.seen = seen
        situation.note(gone: seen.gone)
        guard !seen.changed.isEmpty else { return settle(seen, &situation, now) }
        let isEmptied = seen.isEmptied(since: situation.settled)
        if let wait = situation.patience.wait(isEmptied: isEmptied, at: now.monotonic) { return .done(.unsettled(wait)) }
        if situation.questionOfFiles == nil { held = .answered(situation.inUse.files ?? []) }
        return weigh(nil, &situation, now)
    }

    /// Decides whether the content is another one, and whether it is whole.
    private mutating func weigh(
        _ known: EditedContent?, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard let seen else { return .done(.unchanged) }
        var files: [TableFile]?, isAsked = false
        if case .answered(let held) = held { (files, isAsked) = (held, true) }
        guard let content = known ?? EditedContent(snapshot, seen, held: files, situation) else {
            return isAsked ? .done(.unchanged) : askHeld(nil, situation)
        }
        if content.refused.isEmpty, content.hash == situation.inUse.hash {
            situation.accept(seen.changed)
            return settle(seen, &situation, now)
        }
        if isBeingWritten {
            guard isAsked else { return askHeld(content, situation) }
            if let files, let wait = waitForWriter(content, files, &situation, now) { return .done(.unsettled(wait)) }
        }
        guard content.hash != situation.inUse.hash else {
            note(adopted: content, seen, &situation)
            return .close(TableClosing(.unchanged))
        }
        self.content = content
        let since = Self.beginning(snapshot, seen.changed, situation.lastCheck, now)
        let loading = TableLoading(content.files, content.compiled, since: since, after: situation.inUse.number ?? 0)
        step = .loading(loading)
        return .ask(loading.begin())
    }

    private mutating func askHeld(_ content: EditedContent?, _ situation: TableSituation) -> TableMachine.Turn {
        guard let question = situation.questionOfFiles else { return .done(.unchanged) }
        step = .weighing(content)
        return .ask(question)
    }

    /// Waits where jobs of the table in use are not in this one, while a file of it is open for writing.
    private func waitForWriter(
        _ content: EditedContent, _ held: [TableFile], _ situation: inout TableSituation, _ now: TableMoment
    ) -> Duration? {
        let kept = Set(content.compiled.jobs.map(\.id))
        guard situation.compiled(held).jobs.contains(where: { !kept.contains($0.id) }) else { return nil }
        return situation.patience.waitForWriter(at: now.monotonic)
    }

    /// The files hold what they held.
    private mutating func settle(_ seen: FileComparison, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        let attributes = seen.newAttributes(since: situation.settled, in: situation.inUse)
        guard !attributes.isEmpty, let number = situation.inUse.number else { return settled(&situation, now) }
        step = .noting(attributes)
        return .ask(.note(attributes, of: number))
    }

    private func settled(_ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        guard let seen else { return .done(.unchanged) }
        situation.note(unstored: nil)
        situation.lastCheck = now.wall
        note(settled: seen, &situation)
        return .close(TableClosing(.unchanged, renews: true))
    }

    // MARK: Adopting

    private mutating func publish(_ table: LoadedTable, _ situation: TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        guard let seen, let content else { return .done(.unchanged) }
        step = .publishing(table)
        return .ask(situation.publishing(content.files, content.hash, .edited, author: author(of: seen.changed)))
    }

    private func adopt(
        _ loaded: LoadedTable, _ revision: Revision, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard let seen, let content else { return .done(.unchanged) }
        var table = loaded
        table.revision = revision
        note(adopted: content, seen, &situation)
        situation.report(table.compiled)
        let compiler = situation.compiler
        situation.bases.keepOnce { Set(compiler.compile(content.files).jobs.map(\.id.description)) }
        let restored = situation.inUse.restored.subtracting(seen.changed)
        situation.take(table, content.files, hash: content.hash, restored: restored)
        situation.lastCheck = now.wall
        return .close(TableClosing(.changed(table), cached: content.files))
    }

    private func again(_ error: StoreError, _ situation: inout TableSituation) -> TableMachine.Turn {
        situation.note(unstored: "\(error)")
        return .done(.unsettled(.seconds(1)))
    }

    private func note(adopted content: EditedContent, _ seen: FileComparison, _ situation: inout TableSituation) {
        situation.note(refused: content.refused, among: seen.changed, diagnosed: content.diagnosed)
        note(settled: seen, &situation)
        situation.settled.differing.subtract(seen.changed)
        situation.settled.differing.formUnion(content.refused.keys)
        situation.note(unstored: nil)
    }

    private func note(settled seen: FileComparison, _ situation: inout TableSituation) {
        situation.settled.take(seen.there, except: seen.kept)
        situation.patience = WritingPatience()
    }

    /// A line written just before a minute and noticed just after it was meant for that minute.
    private static func beginning(
        _ snapshot: TableSnapshot, _ changed: Set<String>, _ lastCheck: WallTime?, _ now: TableMoment
    ) -> Instant {
        let present = now.wall.instant
        var start = snapshot.changedAt(changed).map { min(present, now.planned($0)) } ?? present
        if let lastCheck { start = max(start, lastCheck.instant) }
        return min(start, present)
    }

    /// Whose the changed files are.
    private func author(of changed: Set<String>) -> String? {
        let users = Set(snapshot.files.filter { changed.contains($0.path) }.compactMap { $0.attributes?.user })
        return users.isEmpty ? nil : users.sorted().map { "uid \($0)" }.joined(separator: ", ")
    }
}
