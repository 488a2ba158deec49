import CronExpressions
import CronJobs
import Testing

@testable import CronDaemon

struct RunMarkTests {
    @Test("The same run, attempt and secret have the same mark; any other has another")
    func marks() {
        let run = RunID(job: JobID("nightly"), .scheduled(Instant(60))), other = RunID(job: JobID("nightly"), .scheduled(Instant(120)))
        let secret = LedgerOpening.newSecret()
        let mark = RunMark(secret: secret)
        #expect(mark.of(run, attempt: 1) == RunMark(secret: secret).of(run, attempt: 1))
        #expect(mark.of(run, attempt: 1).utf8.count == 32)
        let marks = [mark.of(run, attempt: 1), mark.of(run, attempt: 2), mark.of(other, attempt: 1)]
        let strangers = RunMark(secret: LedgerOpening.newSecret()).of(run, attempt: 1)
        #expect(Set(marks + [strangers]).count == 4)
    }
}
