import CronExpressions
import CronJobs
import CronTesting
import Testing

@testable import CronEngine

// Whatever happens, in whatever order: a machine over a model of the ledger is driven by random events, and asked in the end for the promises.

@Suite("Whatever happens, in whatever order") struct RandomEventsTests {
    /// A driver, its dice, and since when it has its jobs.
    private struct World {
        var driver: MachineDriver
        var dice: Dice
        let jobs: [Job]
        var since: [JobID: Instant] = [:]
        let hasOthers: Bool

        init(seed: UInt64, hasOthers: Bool) throws {
            dice = Dice(seed: seed)
            self.hasOthers = hasOthers
            let isAhead = !hasOthers && seed.isMultiple(of: 2)
            driver = MachineDriver(
                node: hasOthers ? "a" : nil, claimsAhead: isAhead ? .milliseconds(50) : .zero, maxRunning: seed.isMultiple(of: 3) ? 4 : nil)
            jobs = try Self.makeJobs(hasOthers: hasOthers)
            for job in jobs { since[job.id] = Fixture.start }
            driver.view = SharedView(nodes: ["a", "b"], clockOffset: nil, quarantine: .zero)
            driver.replaceTable(jobs)
            driver.handle(.leasesDue)
        }

        private static let overlaps: [[OverlapPolicy]] = [
            [.allow, .skip, .allow], [.queue(2), .skip, .replace], [.allow, .replace, .queue(1)],
        ]

        private static func makeJobs(hasOthers: Bool) throws -> [Job] {
            let policies: [StoreDownPolicy] = hasOthers ? [.hold, .skip] : [.hold, .local, .rank0, .skip]
            let intervals: [Int64] = [7, 60, 600]
            var jobs: [Job] = []
            for (place, storeDown) in policies.enumerated() {
                for (number, seconds) in intervals.enumerated() {
                    jobs.append(
                        try Fixture.every("job-\(place)-\(number)", seconds) {
                            $0.storeDown = storeDown
                            $0.overlap = Self.overlaps[place % 3][number]
                            if place == 2, number == 0 { $0.loadGate = LoadGate(.cpu, percent: 50, giveUp: .seconds(20)) }
                            $0.catchUp = [.last, .all(limit: 3), .none][(place + number) % 3]
                            $0.grace = place == 1 ? nil : .seconds(60)
                            if number < 2 { $0.retry = RetryPolicy(attempts: 3, backoff: .fixed(.seconds(5 + 50 * number))) }
                        })
                }
            }
            return jobs
        }

        mutating func step() {
            switch Int.random(in: 0..<24, using: &dice) {
            case 0..<9: driver.advance(.milliseconds(Int64.random(in: 1...20_000, using: &dice)))
            case 9: driver.advance(.seconds(Int64.random(in: 30...300, using: &dice)))
            case 10: driver.stepClock(.seconds(Int64.random(in: 1...200, using: &dice)))
            case 11..<15: finishOne()
            case 15: driver.failure = failures.randomElement(using: &dice) ?? nil
            case 16: driver.wait = hasOthers && Bool.random(using: &dice) ? .seconds(2) : nil
            case 17: driver.handle(.leasesDue)
            case 18: editTable()
            case 19: orderOne()
            case 20: cancelOne()
            case 21: driver.load = [.cpu: Bool.random(using: &dice) ? 90 : 10]
            default: driver.handle(.settle)
            }
            if hasOthers { decideElsewhere() }
        }

        private let failures: [(StoreError, Set<Outage.Call>)?] = [
            nil, nil, nil, (StoreError(.unavailable, "gone"), .all), (StoreError(.full, "full"), [.claim]),
            (StoreError(.forbidden, "no"), [.outcome]), (StoreError(.quarantined, "a moment"), [.claim]),
        ]

        private mutating func finishOne() {
            guard let attempt = driver.going.randomElement(using: &dice) else { return }
            driver.finish(attempt.run, Bool.random(using: &dice) ? .succeeded : .failed(.exit(1)))
        }

        private mutating func orderOne() {
            guard let job = jobs.randomElement(using: &dice) else { return }
            _ = driver.order(job.id.description, isForced: Bool.random(using: &dice))
        }

        private mutating func cancelOne() {
            let open = driver.going.map(\.run) + driver.machine.situation.waiting.attempts.map(\.run).sorted { "\($0)" < "\($1)" }
            if let run = open.randomElement(using: &dice) { _ = driver.cancel(run) }
        }

        /// A part of the jobs, in another order, some with another command.
        private mutating func editTable() {
            var new = jobs.shuffled(using: &dice)
            if Bool.random(using: &dice) { new.removeLast() }
            for place in new.indices where Bool.random(using: &dice) { new[place].command?.text = "\(dice.next())" }
            replaceTable(new)
        }

        private mutating func replaceTable(_ new: [Job]) {
            let before = Set(driver.machine.agenda.table.jobs.map(\.id))
            let owed = driver.machine.situation.owed.marks
            for job in new where !before.contains(job.id) && driver.ledger.marks[job.id] == nil && owed[job.id] == nil {
                since[job.id] = driver.now.wall.instant
            }
            driver.replaceTable(new, watermarks: driver.ledger.marks)
        }

        /// Another node decides the next fire time of a job that is due.
        private mutating func decideElsewhere() {
            guard let job = jobs.randomElement(using: &dice), Int.random(in: 0..<3, using: &dice) == 0 else { return }
            let mark = driver.ledger.marks[job.id] ?? since[job.id] ?? Fixture.start
            guard let next = job.nextFireTime(after: mark), WallTime(next) <= driver.now.wall else { return }
            let claim = Claim(run: RunID(job: job.id, .scheduled(next)), trigger: .scheduled, first: next, since: mark)
            _ = driver.ledger.claim([claim], now: driver.now.wall, byUs: false)
        }

        /// What waits for them starts meanwhile.
        private mutating func finishAll() {
            while let attempt = driver.going.first { driver.finish(attempt.run) }
        }

        /// All is well again, and all that runs ends.
        mutating func calmDown() {
            (driver.failure, driver.wait) = (nil, nil)
            driver.load = [.cpu: 1]
            // Only where one is missing: a new table would hide what was forgotten.
            if driver.machine.agenda.table.jobs.count < jobs.count { replaceTable(jobs) }
            driver.meanwhile = { _ in }
            for _ in 0..<4 {
                driver.advance(.seconds(30))
                finishAll()
            }
            driver.advance(.seconds(1))
            finishAll()
            driver.handle(.settle)
        }
    }

    @Test(
        "No fire time is claimed twice, none is lost, and what was decided without the store is entered in order",
        arguments: [false, true])
    func promises(_ hasOthers: Bool) throws {
        for seed in 0..<30 as Range<UInt64> {
            var world = try World(seed: seed, hasOthers: hasOthers)
            world.driver.meanwhile = { [dice = Dice(seed: seed)] driver in
                // A run ends while a question is under way.
                var dice = dice
                if let attempt = driver.going.randomElement(using: &dice) { driver.finish(attempt.run, .failed(.exit(2))) }
            }
            for _ in 0..<120 {
                world.step()
                checkRunning(world.driver, seed)
            }
            // Removed jobs are back before the account is settled.
            world.calmDown()
            let before = world.driver.started.count
            check(world, seed)
            #expect(before > 20, "something happened: seed \(seed)")
        }
    }

    private func checkRunning(_ driver: MachineDriver, _ seed: UInt64) {
        #expect(Set(driver.machine.situation.running.runs) == Set(driver.going.map(\.run)), "seed \(seed)")
        let waiting = driver.machine.situation.waiting
        #expect(!waiting.attempts.contains { driver.machine.situation.running[$0.run] != nil }, "it waits or goes: seed \(seed)")
        for (job, attempts) in Dictionary(grouping: driver.going, by: \.run.job) where attempts[0].job.policies.values.openLimit == 1 {
            #expect(attempts.count { if case .manual = $0.run.occasion { false } else { true } } <= 1, "\(job), seed \(seed)")
        }
    }

    private func check(_ world: World, _ seed: UInt64) {
        let driver = world.driver
        #expect(Set(driver.starts).count == driver.starts.count, "one start for each attempt: seed \(seed)")
        #expect(driver.machine.situation.owed.isEmpty && !driver.machine.situation.outcomes.isBehind, "all is entered: seed \(seed)")
        #expect(!driver.machine.situation.store.fails, "seed \(seed)")
        #expect(driver.machine.situation.waiting.isEmpty, "nothing waits for ever: seed \(seed)")
        for name in driver.ledger.won {
            #expect(driver.ledger.outcomes[name] != nil, "\(name.run) \(name.attempt) has an outcome: seed \(seed)")
        }
        for job in world.jobs { checkDecisions(job, world, seed) }
    }

    /// Every fire time up to now is in one decision, and each decision goes on where the one before ended.
    private func checkDecisions(_ job: Job, _ world: World, _ seed: UInt64) {
        guard case .other(let schedule) = job.timing, var mark = world.since[job.id] else { return }
        for decision in world.driver.ledger.decisions[job.id] ?? [] {
            let isWhole =
                decision.first == schedule.next(after: mark)
                && decision.count == schedule.count(in: decision.first..<(decision.last + 1))
            // What another node decided meanwhile may lie within a range that is missed here.
            #expect(isWhole || world.hasOthers && decision.last > mark, "\(job.id) after \(mark.seconds): seed \(seed)")
            mark = decision.last
        }
        let next = schedule.next(after: mark)
        // The other node may come first by a moment.
        #expect(next.map { WallTime($0) + .seconds(1) > world.driver.now.wall } ?? true, "\(job.id) is behind: seed \(seed)")
    }
}
