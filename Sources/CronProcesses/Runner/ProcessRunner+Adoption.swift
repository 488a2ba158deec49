internal import CLinux
public import CronJobs
internal import LinuxEvents

// Processes of an earlier life of the service: no child of ours, so their exit code goes elsewhere; but their end can be seen.
extension ProcessRunner {
    /// Watches a process that an earlier life started, and reports `unknown(adopted)` when it ends. False when that process is gone: another
    /// start time, or an environment that does not name the run.
    public func adopt(_ run: OpenRun, of job: Job?, reportingTo reporter: any RunReporter) async -> Bool {
        guard let identity = run.process, identity.pid > 1 else { return false }
        let pidfd = cl_pidfd_open(identity.pid)
        guard pidfd >= 0 else { return false }
        let facts = await PatientLook.at(loop, within: .seconds(2)) {
            (
                belongs: ProcessTable.belongs(identity.pid, to: run.run),
                body: ProcessTable.variable("CRON_BODY_FILE", of: identity.pid).flatMap { BodyFile(adopted: $0) }
            )
        }
        // After the open: from here on the pidfd cannot mean another process. One whose environment cannot be read is told by its start.
        let belongs = facts.flatMap(\.belongs) ?? true
        guard processes[identity.pid] == nil, belongs, let stat = ProcessTable.stat(of: identity.pid), stat.isLive,
            stat.startTicks == identity.startTicks
        else {
            CLinux.close(pidfd)
            return false
        }
        let process = RunningProcess(
            run: run.run, number: run.attempt, fence: run.fence, startedAt: run.startedAt, process: identity.pid, pidfd: pidfd,
            reporter: Reporter(reporter), policies: job?.policies ?? .standard, isAdopted: true)
        process.bodyFile = facts?.body
        processes[identity.pid] = process
        threads.handle(.adopted)
        watchExit(of: process)
        limitTime(of: process, lasted: .nanoseconds(SystemClocks.bootNanoseconds()) - ProcessTable.begin(of: identity))
        return true
    }
}
