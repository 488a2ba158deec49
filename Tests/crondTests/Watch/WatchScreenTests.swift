import CronExpressions
import CronJobs
import Testing
@testable import crond

@Suite struct WatchScreenTests {
    private static let now = WallTime(Instant(1_800_000_000))

    private func service(running: [String] = [], degraded: [String] = []) -> ServiceSnapshot {
        var service = ServiceSnapshot(
            name: "default", version: "1", pid: 1, incarnation: 1, jobs: 12, store: "memory", durability: "process", seed: "s")
        (service.running, service.degraded) = (running, degraded)
        return service
    }

    private func state(running: Int = 0, jobs: Int = 0, failures: Int = 0) -> WatchState {
        var state = WatchState()
        state.take(service(running: (0..<running).map { "run-\($0)@\(1_799_999_990 - $0 * 100)" }))
        state.jobs = (0..<jobs).map {
            JobSnapshot(
                id: JobID("next-\($0)"), command: "secret", next: Instant(1_800_000_060 + Int64($0) * 60), states: [.idle], running: 0)
        }
        for number in 0..<failures { state.take(failure(number)) }
        return state
    }

    private func failure(_ number: Int, _ outcome: Outcome = .failed(.exit(3))) -> ControlEvent {
        var event = ControlEvent(
            .finished, at: WallTime(Instant(1_799_999_000 + Int64(number))),
            run: RunID(job: JobID("bad-\(number)"), .scheduled(Instant(5))),
            attempt: 1)
        event.outcome = outcome
        return event
    }

    private func lines(_ state: WatchState, _ width: Int, _ height: Int) -> [String] {
        WatchScreen(state, zone: .utc, now: Self.now).lines(width: width, height: height).map(\.text)
    }

    @Test func whatIsShownGoesByTheServicesClock() {
        var behind = state(running: 2, jobs: 3, failures: 1), service = service(running: ["run-0@1799999990"])
        behind.take(service)
        let seen = WatchScreen(behind, zone: .utc, now: Self.now - .seconds(3600)).lines(width: 80, height: 24)
        service.clockDifferenceMs = -3_600_000
        behind.take(service)
        #expect(WatchScreen(behind, zone: .utc, now: Self.now).lines(width: 80, height: 24) == seen)
    }

    @Test func noSizeMakesALineTooWideOrALineTooMany() {
        var full = state(running: 40, jobs: 40, failures: 40)
        full.take(service(running: full.service?.running ?? [], degraded: [String(repeating: "wide ", count: 100)]))
        for state in [WatchState(), state(), state(running: 1), full] {
            for width in [0, 1, 2, 7, 20, 40, 80, 300] {
                for height in [0, 1, 2, 3, 4, 5, 10, 13, 14, 24, 200] {
                    let lines = lines(state, width, height)
                    #expect(lines.count <= height)
                    #expect(lines.allSatisfy { TextWidth.of($0) <= width }, "\(width)x\(height): \(lines)")
                }
            }
        }
    }

    @Test func aSmallScreenShowsSomeOfEachSection() {
        let lines = lines(state(running: 9, jobs: 9, failures: 9), 40, 10)
        #expect(lines.count == 10)
        #expect(lines[0].hasPrefix("crond default  08:00 UTC  9 running"), "\(lines)")
        #expect(lines[1] == "RUNNING 9" && lines[4] == "NEXT" && lines[7] == "LAST FAILURES", "\(lines)")
        #expect(lines[2] == "     13m  run-8@1799999190", "the one that goes on for the longest first: \(lines)")
        #expect(lines[5] == "   in 1m  next-0  08:01", "\(lines)")
        #expect(lines[8].hasSuffix("bad-8  failed(exit 3)"), "the newest first: \(lines)")
    }

    @Test func whatASectionDoesNotNeedGoesToTheOthers() {
        #expect(WatchScreen.shares(of: 12, among: [0, 20, 1]) == [0, 11, 1])
        #expect(WatchScreen.shares(of: 2, among: [5, 5, 5]) == [1, 1, 0])
        #expect(WatchScreen.shares(of: -3, among: [5, 5, 5]) == [0, 0, 0])
        #expect(WatchScreen.shares(of: 100, among: [1, 2, 3]) == [1, 2, 3])
        let lines = lines(state(jobs: 30), 80, 24)
        #expect(lines[1] == "RUNNING  nothing" && lines[2] == "NEXT" && lines.contains("LAST FAILURES  none") && lines.last == "q quits")
        #expect(lines.count { $0.contains("next-") } == 19, "\(lines)")
    }

    @Test func aFaultIsSaidAboveAllElseAndDegradationToo() {
        var state = state(running: 1)
        state.take(service(degraded: ["store: it ends", "table: bad"]))
        #expect(lines(state, 80, 24)[1] == "degraded: store: it ends (and 1 more)")
        state.fault = "the service does not answer"
        #expect(lines(state, 80, 24)[1] == "the service does not answer")
    }

    @Test func noCommandIsShown() {
        #expect(!lines(state(running: 3, jobs: 3, failures: 3), 200, 50).joined().contains("secret"))
    }

    @Test func theStateFollowsTheEvents() {
        var state = state(running: 1)
        let run = state.running[0]
        #expect(state.start(of: run) == WallTime(Instant(1_799_999_990)), "its fire time, where nothing told its start")
        var started = ControlEvent(.started, at: WallTime(Instant(1_799_999_995)), run: run, attempt: 1)
        state.take(started)
        #expect(state.start(of: run) == started.at)
        started = ControlEvent(.finished, at: Self.now, run: run, attempt: 1)
        started.outcome = .succeeded
        state.take(started)
        #expect(state.start(of: run) != WallTime(Instant(1_799_999_995)) && state.failures.isEmpty)
        state.take(ControlEvent(.ending, at: Self.now))
        #expect(state.isEnding)
    }

    @Test func onlyFailuresAreFailuresEachOnceAndBounded() {
        var state = WatchState()
        for outcome in [Outcome.succeeded, .cancelled, .skipped(.overlap), .unknownAdopted] { state.take(failure(1, outcome)) }
        #expect(state.failures.isEmpty)
        for outcome in [Outcome.timedOut, .timedOut] { state.take(failure(2, outcome)) }
        #expect(state.failures.count == 1, "the record and the event tell of the same")
        for number in 10..<1000 { state.take(failure(number)) }
        #expect(state.failures.count == WatchState.mostFailures && state.failures.first?.run?.job == JobID("bad-999"))
    }
}
