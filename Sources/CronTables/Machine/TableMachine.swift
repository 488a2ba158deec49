internal import CronJobs

// The table as state, without a file system, a store, a service or a clock: events in, effects out. Whoever drives it performs the effects in
// order, and hands the answer to each question back (`TableKeeper` does; a test may).
//
//     resting ──┬─ start ────▶ survey ─▶ what is remembered ─▶ mixture ─┐                                                  TableStart
//        ▲      ├─ look ─────▶ glance ─▶ read ─▶ edited? ───────────────┤                                                  TableLooking
//        │      ├─ follow ───▶ standing ─▶ newer, and trusted? ─────────┼─▶ load ─▶ publish ─▶ write files ─▶ take ─┐      TableFollowing
//        │      ├─ restore ──▶ fetch ─▶ another than in use? ───────────┤   *         **         ***            │      TableRestore
//        │      └─ seed, zones ▶ other times for the same text? ────────┘                                         │      TableRenewal
//        │                 │ nothing to do, or not now                                                            ▼
//        └─────────────────┴──────────────────────────────────── enter what was found and left, write the cache ◀─┘      TableClosing
//
//     *    last good versions of bad lines, which jobs run here, where they stand (TableLoading)
//     **   unless it is a revision already: following, new zones and a new seed publish nothing
//     ***  what a start found as it is to be, an edit, and new times write nothing
//
// Reload is a look that reads whatever the files' identities say. Without a service (`IdleTable`) the same path restores: there is nothing to
// load, because nothing is scheduled, and what is left is entered for the next start.
//
// Invariants
//  * One occasion at a time: an event that comes while another occasion goes on is refused. So what was read is what is applied.
//  * Nothing is published before it is loaded: nothing is decided about jobs afterwards.
//  * No file is written before what goes into it is a revision.
//  * What is in use changes in one place, `TableSituation.take`, and only to what a revision holds.
//  * Whatever a question is answered with, the occasion comes to an end; where it fails, what was in use stays in use.

/// The table's decisions.
struct TableMachine {
    private enum State {
        case resting
        case starting(TableStart)
        case looking(TableLooking)
        case following(TableFollowing)
        case restoring(TableRestore)
        /// Asking for the seed.
        case drawing
        case renewing(TableRenewal)
        case closing(TableClosing)
    }

    private(set) var situation: TableSituation
    private var state = State.resting

    init(_ situation: TableSituation) { self.situation = situation }

    var isResting: Bool { if case .resting = state { true } else { false } }

    /// Takes in what happened, and answers what is to be done, in order. The last effect is a question, or the end of an occasion.
    mutating func handle(_ event: Event, at now: TableMoment) -> [Effect] {
        switch event {
        case .answered(let answer): return effects(of: go(on: answer, now), now)
        case .foundUnchanged(let time):
            situation.lastCheck = time
            return []
        case .draw(let seed):
            situation.draw(from: seed)
            return []
        case .start, .look, .follow, .seedDue, .restore:
            guard isResting else { return [.finish(.unchanged)] }
            return effects(of: begin(event, now), now)
        }
    }

    private mutating func begin(_ event: Event, _ now: TableMoment) -> Turn {
        switch event {
        case .start(let policy):
            let start = TableStart(policy)
            state = .starting(start)
            return start.begin()
        case .look(let force, let isBeingWritten):
            let look = TableLooking(force: force, isBeingWritten: isBeingWritten)
            state = .looking(look)
            return look.begin(&situation)
        case .follow:
            let following = TableFollowing()
            state = .following(following)
            return following.begin(situation)
        case .restore(let number, let author):
            let restore = TableRestore(number, author: author)
            state = .restoring(restore)
            return restore.begin()
        case .seedDue:
            guard situation.sharing.isShared, let seed = situation.seed else { return .done(.unchanged) }
            state = .drawing
            return .ask(.keepSeed(seed))
        case .foundUnchanged, .draw, .answered: return .done(.unchanged)
        }
    }

    private mutating func go(on answer: Answer, _ now: TableMoment) -> Turn {
        switch state {
        case .resting: return .done(.unchanged)
        case .starting(var start):
            state = .resting
            defer { state = .starting(start) }
            return start.go(on: answer, &situation, now)
        case .looking(var look):
            state = .resting
            defer { state = .looking(look) }
            return look.go(on: answer, &situation, now)
        case .following(var following):
            state = .resting
            defer { state = .following(following) }
            return following.go(on: answer, &situation, now)
        case .restoring(var restore):
            state = .resting
            defer { state = .restoring(restore) }
            return restore.go(on: answer, &situation, now)
        case .drawing:
            guard case .seed(let kept) = answer, situation.agree(on: kept) else { return .done(.unchanged) }
            return .renew
        case .renewing(var renewal):
            state = .resting
            defer { state = .renewing(renewal) }
            return renewal.go(on: answer, &situation, now)
        case .closing(var closing):
            state = .resting
            defer { state = .closing(closing) }
            return closing.go(on: answer, &situation, now)
        }
    }

    /// Goes on until something is asked, or the occasion is over.
    private mutating func effects(of turn: Turn, _ now: TableMoment) -> [Effect] {
        var turn = turn
        while true {
            switch turn {
            case .ask(let question): return situation.takeEffects() + [.ask(question)]
            case .close(var closing):
                turn = closing.begin(&situation, now)
                state = .closing(closing)
            case .renew:
                var renewal = TableRenewal()
                turn = renewal.begin(&situation, now)
                state = .renewing(renewal)
            case .done(let outcome):
                state = .resting
                situation.forgetHashes()
                return situation.takeEffects() + [.finish(outcome)]
            }
        }
    }
}
