internal import CronJobs
internal import CronProcesses

extension Log {
    func report(_ warning: RunnerWarning) {
        switch warning {
        // Said at load, for the whole table.
        case .userIgnored: break
        case .launchesFail(let reason, let remedy, let count):
            self.warning(warning.message, .text("reason", reason), .number("waiting", Int64(count)), .text("remedy", remedy))
        case .launchesWork(let length): info(warning.message, .number("after_ms", length.wholeMilliseconds))
        case .homeUnavailable, .lateOutputDropped: self.warning(warning.message, .text("subject", warning.subject))
        }
    }
}
