import CronJobs
import Testing
@testable import crond

@Suite struct ExitCodeTests {
    @Test func aWaitingProgramLeavesAsTheRunDid() {
        let codes: [(Outcome, Int32)] = [
            (.succeeded, 0), (.failed(.exit(3)), 3), (.failed(.signal(9)), 137), (.failed(.outOfMemory), 137), (.timedOut, 124),
            (.launchFailed(stage: "exec"), 126), (.skipped(.overlap), 75), (.cancelled, 143), (.replaced, 143), (.interrupted, 69),
            (.unconfirmed, 69), (.unknownAdopted, 69),
        ]
        for (outcome, code) in codes { #expect(outcome.exitCode == code, "\(outcome)") }
    }
}
