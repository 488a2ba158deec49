import CronExpressions
import CronJobs
import Testing

@testable import CronEngine

@Suite("What is to end before the runner has it") struct EarlyEndingsTests {
    private func attempt(_ second: Int64) -> Attempt {
        let job = Job(id: "a", timing: .startup, command: Command(text: "x"))
        return Attempt(
            run: RunID(job: job.id, .scheduled(Instant(second))), number: 1, fence: 1, trigger: .scheduled, job: job,
            scheduledAt: Instant(second))
    }

    @Test("It is told once the runner has it, once, and not where it has an outcome already") func told() {
        let (one, two, three) = (attempt(1), attempt(2), attempt(3))
        var endings = EarlyEndings()
        #expect(endings.take(of: [one]).isEmpty)
        endings.keep([one.run, two.run], as: .cancelled)
        endings.keep([three.run], as: .replaced)
        let finish = Finish(run: two.run, attempt: 1, fence: 1, outcome: .cancelled, at: WallTime(nanoseconds: 0))
        endings.forget([.finished(finish)])
        let told = endings.take(of: [one, two, three])
        #expect(told.map(\.run) == [one.run, three.run] && told.map(\.ending) == [.cancelled, .replaced])
        #expect(endings.take(of: [one, two, three]).isEmpty)
    }
}
