internal import CronJobs
internal import LinuxEvents

/// What every part of a service has from its beginning.
struct ServiceContext: Sendable {
    let configuration: Configuration
    let loop: EventLoop
    /// By which everything is planned: a shared store's, once it is open, else the machine's.
    var clocks: any Clocks
    let log: Log
    let output: JobOutput
    let secrets: Secrets
    /// The parent is the init of our container.
    let hasInit: Bool
    let stage = LifeStage()
    let reduced = ReducedFeatures()
    let events = EventDesk()

    var isWorker: Bool { configuration.worker != nil }
}

/// Why the service cannot begin, with the exit code that says so: a sysexits one, or 0 where it was asked to end meanwhile.
struct ServiceFailure: Error {
    var code: Int32
    var message: String

    init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: any Error) {
        switch error {
        case let failure as ServiceFailure: self = failure
        case let error as StoreError: self.init(code: 69, message: error.message)
        default: self.init(code: 71, message: "\(error)")
        }
    }
}
