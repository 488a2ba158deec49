import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("Jobs that workers carry out") struct WorkersTests {
    private var machine = SchedulerMachine(node: "here", maxRunning: 1)
    private var now = Moment(wall: WallTime(Fixture.start), monotonic: MonotonicTime(nanoseconds: 0))
    private let job: Job

    init() throws {
        job = try Fixture.every("far", 10) {
            $0.pool = "gpu"
            $0.overlap = .skip
            $0.retry.attempts = 3
        }
        let near = try Fixture.every("near", 10) { _ in }
        _ = machine.handle(.tableReplaced(.init(jobs: [job, near], rescheduled: [], watermarks: [:], since: Fixture.start)), at: now)
    }

    private mutating func advance(_ seconds: Int) {
        now.wall = now.wall + .seconds(seconds)
        now.monotonic = now.monotonic + .seconds(seconds)
    }

    /// Claims what is due and wins it; answers the claims and the attempts that start.
    private mutating func claim(fence: Int64) throws -> (claims: [Claim], attempts: [Attempt]) {
        var effects = machine.handle(.time, at: now)
        guard case .ask(.claim(let claims, _))? = effects.last else { throw Unexpected(effects: "\(effects)") }
        effects = machine.handle(.answered(.claimed(claims.map { _ in .won(fence: fence) })), at: now)
        guard case .start(let attempts, _, _)? = effects.last else { throw Unexpected(effects: "\(effects)") }
        _ = machine.handle(.answered(.handedOver), at: now)
        return (claims, attempts)
    }

    private struct Unexpected: Error { var effects: String }

    private func open(_ attempt: Attempt, _ state: AttemptState = .claimed) -> OpenRun {
        OpenRun(run: attempt.run, attempt: attempt.number, fence: attempt.fence, startedAt: nil, process: nil, state: state)
    }

    private func letGo(_ effects: [SchedulerMachine.Effect]) -> [RunID] {
        effects.flatMap { effect in if case .letGo(let runs) = effect { runs } else { [RunID]() } }
    }

    @Test("They are claimed for their pool, take no room here, and one that may have ended elsewhere stands in the way of nothing")
    mutating func claims() throws {
        advance(10)
        let first = try claim(fence: 7)
        #expect(first.claims.map(\.pool) == ["gpu", nil])
        #expect(first.attempts.map(\.job.id) == ["far", "near"], "with room for one run")
        #expect(first.claims[0].concurrencyLimit == 1, "the ledger counts them over all nodes")
        #expect(machine.situation.count(of: "far") == 0 && machine.situation.running.countHere == 1)
        advance(10)
        #expect(try claim(fence: 8).claims.map(\.run.job).contains("far"), "overlap=skip is for the ledger to judge")
    }

    @Test("What workers have started, or ended already, is let go of: nothing of it goes on here, and it is no lost lease")
    mutating func letsGo() throws {
        advance(10)
        let first = try #require(try claim(fence: 7).attempts.first)
        advance(10)
        let second = try #require(try claim(fence: 8).attempts.first)
        let renewal = Renewal(lost: [open(second)], handedOver: [.init(run: open(first), to: "worker")])
        let effects = machine.handle(.answered(.renewed(renewal)), at: now)
        #expect(Set(letGo(effects)) == [first.run, second.run])
        #expect(!machine.has(first.run) && !machine.has(second.run))
        for case .tell(let events) in effects {
            for case .leasesLost(let runs) in events { Issue.record("\(runs) are told as lost") }
        }
        #expect(letGo(machine.handle(.answered(.renewed(renewal)), at: now)).isEmpty, "once")
    }

    @Test("One whose owner is gone is sent again under its new fence, within the same deadline; without its job it is cancelled")
    mutating func takesOver() throws {
        let run = RunID(job: "far", .scheduled(Fixture.start))
        let swept = OpenRun(
            run: run, attempt: 1, fence: 20, startedAt: nil, process: nil,
            claim: .init(trigger: .scheduled, first: Fixture.start, count: 1),
            state: .queued(pool: "gpu"))
        let effects = machine.handle(.takenOver(swept, job), at: now)
        guard case .release(let attempts, _, nil)? = effects.last else { throw Unexpected(effects: "\(effects)") }
        #expect(attempts.map(\.fence) == [20] && attempts[0].startDeadline == WallTime(Fixture.start) + .seconds(60))
        #expect(machine.situation.running.leases(and: machine.situation.waiting, without: machine.situation.owed).map(\.fence) == [20])
        // Again, because our own lease had ended: one attempt, the newer fence.
        var again = swept
        again.fence = 30
        _ = machine.handle(.takenOver(again, job), at: now)
        #expect(machine.situation.running.leases(and: machine.situation.waiting, without: machine.situation.owed).map(\.fence) == [30])

        _ = machine.handle(.takenOver(again, nil), at: now)
        #expect(!machine.has(run))
        #expect(machine.situation.outcomes.unwrittenOutcome(of: run) == .cancelled)
    }

    @Test("Services begin the further attempts of workers' runs: they look for ended ones of those jobs only; a worker begins none")
    mutating func retries() throws {
        let effects = machine.handle(.retriesWanted(ofWorkers: true), at: now)
        guard case .ask(.search(let jobs))? = effects.first else { throw Unexpected(effects: "\(effects)") }
        #expect(jobs == ["far"])

        var worker = SchedulerMachine(node: "worker", leavesRetries: true)
        _ = worker.handle(.tableReplaced(.init(jobs: [job], rescheduled: [], watermarks: [:], since: Fixture.start)), at: now)
        let attempt = Attempt(
            run: RunID(job: "far", .scheduled(Fixture.start)), fence: 1, trigger: .scheduled, job: job, scheduledAt: Fixture.start)
        _ = worker.handle(.adopted(attempt), at: now)
        let finish = Finish(run: attempt.run, fence: 1, outcome: .failed(.exit(1)), at: now.wall)
        for case .tell(let events) in worker.handle(.reported([.finished(finish)]), at: now) {
            for case .retryScheduled(let run, _, _) in events { Issue.record("\(run) is tried again by the worker") }
        }
        #expect(worker.situation.outcomes.unwrittenOutcome(of: attempt.run) == .failed(.exit(1)))
    }
}
