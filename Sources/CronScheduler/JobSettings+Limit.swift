internal import CronJobs

extension JobSettings.Values {
    /// How many runs of the job may go at once.
    var concurrencyLimit: Int { overlap == .skip ? 1 : maxRunning }
}
