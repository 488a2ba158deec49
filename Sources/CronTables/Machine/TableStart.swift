internal import CronExpressions
internal import CronJobs
internal import Crontabs

// The start: what was found, what the store remembers, and the mixture that follows (StartMerge).
//
//     surveying ─▶ remembering ─▶ loading ─▶ [keeping ─▶ putting above] ─▶ [publishing ─▶ looking back] ─▶ [writing] ─▶ over
//                      ▲  StartPast  StartPlan   --on-start store               │                                        what was found
//                      └── somebody else published meanwhile ◀──────────────────┘                                        and left is entered
//
// On a shared store others start, too. What is published is published after the very revision by which it was decided; where somebody was
// faster, all is decided again with his revision as the newest. Nothing is written to a file before that.

struct TableStart {
    private static let mostTries = 20

    private enum Step {
        case surveying
        case remembering(StartPast)
        case loading(TableLoading)
        /// Whether what was found is a revision already.
        case dating
        case keeping
        case puttingAbove(kept: Int)
        case publishing
        case lookingBack(StartPlan.Overruled)
        case writing(TablePlacing)
    }

    let policy: StartPolicy
    private var step = Step.surveying
    private var tries = 0
    private var found: StartFound?
    private var plan: StartPlan?
    private var table = LoadedTable(compiled: CompiledTable(), since: Instant(0))
    /// Drop-in files that the mixture does not have are removed.
    private var removes = true

    init(_ policy: StartPolicy) { self.policy = policy }

    func begin() -> TableMachine.Turn { .ask(.survey) }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        do {
            return try goOn(answer, &situation, now)
        } catch let error as StoreError where error.code == .overtaken && tries < Self.mostTries {
            return remember()
        } catch let refusal as TableRefusal {
            return .done(.refused(refusal))
        } catch {
            return .done(.refused(TableRefusal("the table's revisions cannot be read or written: \(error)", .store)))
        }
    }

    private mutating func goOn(
        _ answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment
    ) throws -> TableMachine.Turn {
        if case (.surveying, .survey(let survey)) = (step, answer) {
            situation.note(survey.snapshot)
            found = StartFound(survey, situation)
            return remember()
        }
        guard let found else { throw StoreError(.unavailable, "the table's files could not be read") }
        switch (step, answer) {
        case (.remembering(var past), _):
            let question = try past.go(on: answer, policy, found, &situation)
            step = .remembering(past)
            return try question.map { .ask($0) } ?? decide(found, past, &situation, now)
        case (.loading(var loading), _):
            let question = try loading.go(on: answer, situation)
            step = .loading(loading)
            return question.map { .ask($0) } ?? keep(loading.table, found, &situation, now)
        case (_, .failed(let error)): throw error
        default: return try goOn(answer, found, plan, &situation, now)
        }
    }

    /// After the decision.
    private mutating func goOn(
        _ answer: TableMachine.Answer, _ found: StartFound, _ plan: StartPlan?, _ situation: inout TableSituation, _ now: TableMoment
    ) throws -> TableMachine.Turn {
        guard let plan else { throw StoreError(.unavailable, "the table could not be started") }
        switch (step, answer) {
        case (.dating, .revisions(let revisions)): return keep(found, plan, among: revisions, &situation, now)
        case (.keeping, .published(let kept)):
            step = .puttingAbove(kept: kept.number)
            return .ask(situation.publishing(plan.files, plan.hash, .restored, after: kept.number))
        case (.puttingAbove(let kept), .published(let revision)):
            table.revision = revision
            table.since = now.wall.instant
            situation.say(.foundKept(revision: kept))
            return publish(found, plan, &situation, now)
        case (.publishing, .published(let revision)):
            table.revision = revision
            situation.bases.deployment = Self.base(plan)
            return sayOverruled(found, plan, &situation, now)
        case (.lookingBack(let overruled), .flag(let wasThere)):
            situation.say(.filesWin(paths: overruled.paths, over: overruled.over, warns: wasThere))
            return write(found, plan, &situation, now)
        case (.writing(let placing), .written(let failures, let snapshot)):
            let outcome = placing.outcome(failures)
            situation.say(outcome.events)
            table.unwritten = outcome.unwritten
            return take(plan, snapshot, restored: outcome.restored, overtaken: outcome.overtaken, &situation, now)
        default: throw StoreError(.unavailable, "the table could not be started")
        }
    }

    // MARK: Deciding

    private mutating func remember() -> TableMachine.Turn {
        tries += 1
        let past = StartPast()
        step = .remembering(past)
        return .ask(past.begin)
    }

    private mutating func decide(
        _ found: StartFound, _ past: StartPast, _ situation: inout TableSituation, _ now: TableMoment
    ) throws(TableRefusal) -> TableMachine.Turn {
        var plan = StartPlan(found, past, policy, &situation)
        if plan.isNothing, found.refusesAny { throw TableRefusal(found.sayRefused(hasOther: false, &situation)) }
        try plan.refuseForeignTable(found, situation)
        let loading = plan.loading(found, past.past, &situation, now)
        self.plan = plan
        step = .loading(loading)
        return .ask(loading.begin())
    }

    // MARK: Publishing

    /// Keeps what a start that was told to use the store would write over (`--on-start store`), and makes the newest revision the newest again.
    private mutating func keep(
        _ loaded: LoadedTable, _ found: StartFound, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard let plan else { return .done(.unchanged) }
        table = loaded
        table.revision = plan.newest.revision
        removes = true
        guard policy == .store, plan.newest.revision != nil, plan.isNewest, found.hash != plan.hash else {
            return publish(found, plan, &situation, now)
        }
        step = .dating
        return .ask(.revisions)
    }

    /// Where others would follow what is only to be kept, it is not kept, and no file is removed.
    private mutating func keep(
        _ found: StartFound, _ plan: StartPlan, among revisions: [Revision], _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard !revisions.contains(where: { $0.hash == found.hash }) else { return publish(found, plan, &situation, now) }
        guard !situation.sharing.isShared, found.files.contains(where: { Crontab.containsEntries(bytes: $0.content) }) else {
            removes = false
            return publish(found, plan, &situation, now)
        }
        step = .keeping
        return .ask(situation.publishing(found.files, found.hash, .deployed, after: plan.newest.number))
    }

    private mutating func publish(
        _ found: StartFound, _ plan: StartPlan, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard !plan.isNewest else { return write(found, plan, &situation, now) }
        step = .publishing
        return .ask(situation.publishing(plan.files, plan.hash, .deployed, after: plan.newest.number, base: Self.base(plan)))
    }

    /// What this start found, for later ones.
    private static func base(_ plan: StartPlan) -> String {
        var base = plan.merge.base
        base.once = plan.once
        return base.text
    }

    /// Says what of the newest revision is not used, with the command that brings it back.
    private mutating func sayOverruled(
        _ found: StartFound, _ plan: StartPlan, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard let overruled = plan.overruled(situation.source) else { return write(found, plan, &situation, now) }
        situation.say(overruled.gone.map { .dropInGone(path: $0) })
        guard overruled.warns else {
            step = .lookingBack(overruled)
            return .ask(.hadBefore(overruled.over, overruled.used))
        }
        situation.say(.filesWin(paths: overruled.paths, over: overruled.over, warns: true))
        return write(found, plan, &situation, now)
    }

    // MARK: Taking it into use

    private mutating func write(
        _ found: StartFound, _ plan: StartPlan, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        if !found.refused.isEmpty { found.sayRefused(hasOther: plan.newest.revision != nil, &situation) }
        guard plan.changesFiles, let revision = table.revision else {
            return take(plan, found.snapshot, restored: [], &situation, now)
        }
        let placing = TablePlacing(
            plan.merge.written, removing: removes ? plan.merge.removed : [], over: found.snapshot, revision: revision.number,
            of: situation.source)
        step = .writing(placing)
        return .ask(placing.question)
    }

    private func take(
        _ plan: StartPlan, _ snapshot: TableSnapshot, restored: Set<String>, overtaken: Set<String> = [], _ situation: inout TableSituation,
        _ now: TableMoment
    ) -> TableMachine.Turn {
        situation.report(table.compiled)
        situation.take(table, plan.files, hash: table.revision?.hash ?? plan.hash, restored: restored)
        situation.settle(snapshot, into: plan.files) { overtaken.contains($0) }
        situation.bases.begin(plan.merge.base, once: plan.once)
        situation.lastCheck = now.wall
        return .close(TableClosing(.changed(table), isStart: true, replaced: plan.merge.replaced, cached: plan.files))
    }
}
