import CronExpressions
import CronJobs
import Testing

@testable import CronDaemon

@Suite("Which jobs are this host's") struct PlacementTests {
    private func job(_ host: HostPolicy) -> Job {
        var values = JobPolicies.Values()
        values.host = host
        return Job(id: JobID("a"), timing: .startup, command: Command(text: "true"), policies: JobPolicies(values))
    }

    @Test("One of them runs a job, all, or the one that is named, in any case of letters")
    func placed() {
        let here = Placement(host: "web-0", isShared: true)
        #expect(here.placed(job(.any))?.id == JobID("a"))
        #expect(here.placed(job(.named("WEB-0")))?.id == JobID("a"))
        #expect(here.placed(job(.named("web-1"))) == nil)
        #expect(here.placed(job(.all))?.id == JobID("a@web-0"))
    }

    @Test("Where nobody shares the store a job on every host is a job") func alone() {
        #expect(Placement(host: "web-0", isShared: false).placed(job(.all))?.id == JobID("a"))
    }

    @Test("The job of an id with a host is the same job") func ids() {
        let id = JobID("crondServiceTask-0123456789abcdef").on(host: "web-0.example")
        #expect(id.withoutHost == JobID("crondServiceTask-0123456789abcdef") && id.host == "web-0.example")
        #expect(JobID("a").withoutHost == JobID("a") && JobID("a").host == nil)
        #expect(RunID("\(RunID(job: id, .scheduled(Instant(60))))")?.job == id)
    }
}
