internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

extension Service {
    func makeMailDesk(_ processes: ProcessRunner) -> MailDesk {
        MailDesk(
            MailDesk.Parts(
                loop: loop, processes: processes, host: configuration.host,
                path: configuration.environment["PATH"] ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                secrets: secrets, clocks: clocks, log: log))
    }
}
