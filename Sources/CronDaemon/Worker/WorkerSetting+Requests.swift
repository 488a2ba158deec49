internal import CronJobs

extension Configuration {
    /// A worker beside a service of the same name has a socket of its own.
    var socketName: String { worker.map { "\(name)-worker-\($0.pool)" } ?? name }
}

extension WorkerSetting {
    /// Refuses what only a service can do that decides when things start.
    func check(_ request: ControlRequest) throws(ControlRefusal) {
        switch request {
        case .trigger, .at, .atList, .atCancel, .restore:
            throw ControlRefusal("this is a worker of pool \(pool): ask a service that starts what is due", code: 69)
        default: return
        }
    }
}
