import CronExpressions
import CronJobs
import Testing

@testable import CronProcesses

/// A pool with its threads, as a user of it sees them.
private struct Bench {
    var pool: LaunchPool
    var now = LaunchPool.Now(wall: WallTime(nanoseconds: 0), monotonic: MonotonicTime(nanoseconds: 0))
    var threads = 0

    init(places: Int = 100, threads: Int = 2) {
        pool = LaunchPool(places: places)
        for _ in 0..<threads { makeThread() }
    }

    @discardableResult
    mutating func handle(_ event: LaunchPool.Event) -> [LaunchPool.Effect] { pool.handle(event, now: now) }

    @discardableResult
    mutating func makeThread() -> [LaunchPool.Effect] {
        threads += 1
        return handle(.threadMade(threads))
    }

    @discardableResult
    mutating func submit(
        _ number: UInt64, _ lane: LaunchLane = .own, job: String? = nil, deadline: WallTime? = nil, gate: StartGate? = nil
    ) -> [LaunchPool.Effect] {
        let run = RunID(job: JobID(job ?? "job-\(number)"), .scheduled(Instant(Int64(number))))
        return handle(.submitted(LaunchTicket(number: number, lane: lane, run: run, deadline: deadline, gate: gate)))
    }

    /// So many looks that all find the same.
    mutating func look(_ states: [Int: LaunchPool.ChildState], times: Int = 1) -> [LaunchPool.Effect] {
        (0..<times).flatMap { _ in handle(.looked(states)) }
    }
}

private func at(_ seconds: Int64) -> WallTime { WallTime(nanoseconds: seconds * 1_000_000_000) }

@Suite("Who starts next, and on which thread")
struct LaunchOrderTests {
    @Test("Two threads start what is due in its order, each the next when it comes back")
    func inOrder() {
        var bench = Bench()
        let first = (1...4).flatMap { bench.submit(UInt64($0)) }
        #expect(first == [.run(1, thread: 2), .run(2, thread: 1)])
        let third = bench.handle(.returned(thread: 1, runs: true)), fourth = bench.handle(.returned(thread: 1, runs: true))
        #expect(third == [.run(3, thread: 1)] && fourth == [.run(4, thread: 1)])
        let none = bench.handle(.returned(thread: 1, runs: true))
        #expect(none.isEmpty && bench.pool.inFlight == 1 && bench.pool.queued == 0)
    }

    @Test("A switched user has one start in flight; others' go on beside it, each user's in its order")
    func oneForEachUser() {
        var bench = Bench()
        let alice = (1...3).flatMap { bench.submit(UInt64($0), .user(1000)) }, bob = bench.submit(4, .user(2000)), own = bench.submit(5)
        #expect(alice == [.run(1, thread: 2)] && bob == [.run(4, thread: 1)] && own.isEmpty)
        let next = bench.handle(.returned(thread: 2, runs: true)), then = bench.handle(.returned(thread: 1, runs: true))
        #expect(next == [.run(2, thread: 2)] && then == [.run(5, thread: 1)])
        let again = bench.handle(.returned(thread: 1, runs: true))
        #expect(again.isEmpty, "the third start of the first user waits for the second")
    }

    @Test("A user with thousands of starts takes turns with the others")
    func turns() {
        var bench = Bench(threads: 1)
        for number in 1...3000 { bench.submit(UInt64(number), .user(1000)) }
        bench.submit(5000)
        bench.submit(5001)
        let order = (0..<4).flatMap { _ in bench.handle(.returned(thread: 1, runs: true)) }
        #expect(order == [2, 5000, 3, 5001].map { .run($0, thread: 1) })
    }

    @Test("No more go on at once than have a place; a start that failed gives its place back")
    func places() {
        var bench = Bench(places: 2)
        for number in 1...4 { bench.submit(UInt64(number)) }
        #expect(bench.pool.inFlight == 2)
        let none = bench.handle(.returned(thread: 2, runs: true))
        #expect(none.isEmpty, "a run goes on")
        let afterFailure = bench.handle(.returned(thread: 1, runs: false))
        #expect(afterFailure == [.run(3, thread: 1)])
        let afterEnd = bench.handle(.ended)
        #expect(afterEnd == [.run(4, thread: 2)])
        bench.handle(.adopted)
        bench.submit(5)
        let adoptedCounts = bench.handle(.ended)
        #expect(adoptedCounts.isEmpty)
    }

    @Test("One that waited asks the store again, and goes back to its place in the order")
    func asks() {
        var bench = Bench(threads: 1)
        let gate = StartGate(openUntil: MonotonicTime(nanoseconds: 5)) { _ in true }
        bench.submit(1)
        bench.submit(2, gate: gate)
        bench.submit(3)
        bench.submit(4)
        bench.now.monotonic = MonotonicTime(nanoseconds: 6)
        let effects = bench.handle(.returned(thread: 1, runs: true))
        #expect(effects == [.ask(2), .run(3, thread: 1)])
        bench.submit(2)
        let next = bench.handle(.returned(thread: 1, runs: true))
        #expect(next == [.run(2, thread: 1)])
    }

    @Test("Beyond its grace a start is not begun; while nothing goes on, its end is looked for in time")
    func overdue() {
        var bench = Bench(places: 1)
        bench.submit(1)
        bench.handle(.returned(thread: 2, runs: true))
        bench.submit(2, deadline: at(10))
        #expect(bench.pool.nextLook(now: at(9)) == .seconds(1))
        #expect(bench.pool.nextLook(now: WallTime(nanoseconds: 9_900_000_000)) == .milliseconds(101))
        bench.now.wall = WallTime(nanoseconds: 10_000_000_001)
        let effects = bench.look([:])
        #expect(effects == [.overdue(2, isStalled: false)])
        #expect(bench.pool.nextLook(now: at(11)) == nil)
    }

    @Test("What waits is taken back; what is with a thread is not")
    func withdraws() {
        var bench = Bench(threads: 1)
        for number in 1...3 { bench.submit(UInt64(number)) }
        bench.submit(4, .user(1000))
        let taken = bench.pool.withdraw { _ in true }
        #expect(taken == [2, 3, 4])
        let next = bench.handle(.returned(thread: 1, runs: true))
        #expect(next.isEmpty)
    }

    @Test("In a shortage nothing is begun; when it is over, all that waits is")
    func pauses() {
        var bench = Bench()
        bench.handle(.paused(true))
        let paused = bench.submit(1)
        let resumed = bench.handle(.paused(false))
        #expect(paused.isEmpty && resumed == [.run(1, thread: 2)])
    }
}

@Suite("A start that hangs")
struct StalledLaunchTests {
    /// Two starts of a user's, the first on thread 2 and stalled.
    private func stalled(_ lane: LaunchLane = .user(1000), job: String? = nil) -> Bench {
        var bench = Bench()
        bench.submit(1, lane, job: job)
        _ = bench.look([2: .waiting], times: 2)
        return bench
    }

    @Test("It is stalled at the second look that finds it asleep; one that is slow but runs, only after a second")
    func isStalled() {
        for (state, looks) in [(LaunchPool.ChildState.waiting, 2), (.stopped, 2), (.running, 50), (.absent, 50)] {
            var bench = Bench()
            bench.submit(1)
            bench.submit(2)
            bench.submit(3)
            let before = bench.look([1: state, 2: .running], times: looks - 1)
            #expect(before.isEmpty, "\(state)")
            let then = bench.look([1: state, 2: .running])
            #expect(then.first == .makeThread, "\(state)")
        }
    }

    @Test("A further thread takes its place as soon as something waits, and goes when it is back")
    func furtherThread() {
        var bench = stalled()
        let own = bench.submit(2), more = bench.submit(3)
        #expect(own == [.run(2, thread: 1)])
        #expect(more == [.makeThread])
        let once = bench.submit(4)
        #expect(once.isEmpty, "one is on its way")
        let runs = bench.makeThread()
        #expect(runs == [.run(3, thread: 3)])
        let back = bench.handle(.returned(thread: 2, runs: true))
        #expect(back == [.endThread(2), .run(4, thread: 1)] || back == [.endThread(2)])
    }

    @Test("Where no thread can be made, the next look asks again")
    func noThread() {
        var bench = stalled()
        bench.submit(2)
        bench.submit(3)
        bench.handle(.threadNotMade)
        let again = bench.look([2: .waiting, 1: .running])
        #expect(again == [.makeThread])
    }

    @Test("What its user starts later waits for it, in order; other users are not concerned")
    func userWaits() {
        var bench = stalled()
        let same = bench.submit(2, .user(1000)) + bench.submit(3, .user(1000)), other = bench.submit(4, .user(2000))
        #expect(same.isEmpty && other == [.run(4, thread: 1)])
        bench.handle(.returned(thread: 1, runs: true))
        let back = bench.handle(.returned(thread: 2, runs: false))
        #expect(back == [.run(2, thread: 2)])
    }

    @Test("Of our own user's starts only those of the same job wait")
    func jobWaits() {
        var bench = stalled(.own, job: "hung")
        let same = bench.submit(2, job: "hung"), other = bench.submit(3, job: "well")
        #expect(same.isEmpty && other == [.run(3, thread: 1)])
        bench.handle(.returned(thread: 1, runs: true))
        bench.submit(4, job: "well")
        bench.submit(5, job: "well")
        bench.handle(.returned(thread: 1, runs: true))
        let back = bench.handle(.returned(thread: 2, runs: true))
        #expect(back == [.run(2, thread: 2)], "the oldest first")
    }

    @Test("Those of its job that were in the queue when it was found to hang wait, too")
    func queuedOfTheJob() {
        var bench = Bench()
        bench.submit(1, job: "hung")
        bench.submit(2, job: "hung")
        bench.submit(3, job: "hung")
        bench.submit(4, job: "well")
        let effects = bench.look([1: .waiting, 2: .waiting], times: 2)
        #expect(effects.filter { $0 == .makeThread }.count == 1)
        let runs = bench.makeThread()
        #expect(runs == [.run(4, thread: 3)])
    }

    @Test("With 16 stalled starts of our own user further ones are refused at once; other users' go on")
    func sixteen() {
        var bench = Bench(threads: 16)
        for number in 1...20 { bench.submit(UInt64(number)) }
        let all = Dictionary(uniqueKeysWithValues: (1...16).map { ($0, LaunchPool.ChildState.waiting) })
        let effects = bench.look(all, times: 2)
        #expect(Set(effects.compactMap { if case .refuse(let number) = $0 { Int(number) } else { nil } }) == [17, 18, 19, 20])
        let later = bench.submit(21), other = bench.submit(22, .user(1000))
        #expect(later == [.refuse(21)])
        #expect(other == [.makeThread])
        bench.handle(.returned(thread: 1, runs: true))
        let after = bench.submit(23)
        #expect(!after.contains(.refuse(23)))
    }

    @Test("Stopped for five seconds it is given up; a user who lets it go on for a moment begins anew")
    func stopped() {
        var bench = stalled()
        let almost = bench.look([2: .stopped], times: 249) + bench.look([2: .running])
        #expect(almost.isEmpty)
        let again = bench.look([2: .stopped], times: 249)
        #expect(again.isEmpty)
        let then = bench.look([2: .stopped])
        #expect(then == [.giveUp(1, .stopped)])
    }

    @Test("One that waits for a disk gets a minute, or what is left of its grace")
    func patience() {
        var bench = stalled()
        let almost = bench.look([2: .waiting], times: 2997)
        #expect(almost.isEmpty)
        let then = bench.look([2: .waiting])
        #expect(then == [.giveUp(1, .unanswered)])
        var short = Bench()
        short.submit(1, deadline: at(10))
        let beforeItsEnd = short.look([2: .waiting], times: 499), atItsEnd = short.look([2: .waiting])
        #expect(beforeItsEnd.isEmpty && atItsEnd == [.giveUp(1, .unanswered)])
    }

    @Test("Only looks age it: a service that was stopped for an hour finds it as old as before")
    func pausedService() {
        var bench = stalled()
        bench.now.wall = at(3600)
        bench.now.monotonic = MonotonicTime(nanoseconds: 3600 * 1_000_000_000)
        let effects = bench.look([2: .stopped])
        #expect(effects.isEmpty)
    }

    @Test("Killed and still there a second later it is lost: what waits behind it is refused at once, until it is gone")
    func lost() {
        var bench = stalled()
        bench.submit(2, .user(1000))
        bench.submit(3, .user(2000))
        let given = bench.look([2: .waiting, 1: .running], times: 2998)
        #expect(given.contains(.giveUp(1, .unanswered)) && !given.contains(.refuse(2)))
        let lost = bench.look([2: .waiting], times: 50)
        #expect(lost == [.giveUp(1, .unanswered), .refuse(2)], "killed again: its child may not have been there")
        let later = bench.submit(4, .user(1000))
        #expect(later == [.refuse(4)])
        bench.handle(.returned(thread: 2, runs: false))
        let after = bench.submit(5, .user(1000))
        #expect(after.first != .refuse(5))
    }

    @Test("What waited behind it until its grace was over says so")
    func overdueBehind() {
        var bench = stalled()
        bench.submit(2, .user(1000), deadline: at(1))
        bench.submit(3, deadline: at(1))
        bench.submit(4, deadline: at(1))
        bench.now.wall = at(2)
        let effects = bench.look([2: .waiting, 1: .running])
        #expect(effects.contains(.overdue(2, isStalled: true)) && effects.contains(.overdue(4, isStalled: false)))
    }

    @Test("When the service ends, or its run is cancelled, it is given up at once; one in good health comes back")
    func unwanted() {
        var ending = stalled()
        ending.submit(2)
        let given = ending.handle(.stopping)
        #expect(given == [.giveUp(1, .unwanted)])
        let second = ending.look([1: .waiting, 2: .waiting], times: 2)
        #expect(second == [.giveUp(2, .unwanted)], "found to hang later")
        let nothing = ending.submit(3)
        #expect(nothing.isEmpty)
        var cancelled = Bench()
        cancelled.submit(1)
        let healthy = cancelled.handle(.unwanted(1)), hung = cancelled.look([2: .stopped], times: 2)
        #expect(healthy.isEmpty && hung == [.giveUp(1, .unwanted)])
    }
}
