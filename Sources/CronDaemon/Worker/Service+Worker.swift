internal import CronJobs
internal import CronEngine
internal import CronRabbitMQ
internal import LinuxEvents

/// A service that is a worker: it reads its table as any service does, and starts what comes from the queue of its pool, not what is due.
extension Service {
    /// A worker beside a service of the same name has a socket of its own.
    var socketName: String { configuration.worker.map { "\(configuration.name)-worker-\($0.pool)" } ?? configuration.name }

    func beginWork(_ store: StoreOpening, _ runner: any Runner, _ scheduler: SchedulerEngine) async throws {
        guard let setting = configuration.worker, let url = configuration.broker, let shared = store.ledger.shared else {
            throw ServiceFailure(code: 78, message: "a worker needs --amqp URL and --store redis://HOST")
        }
        let worker = Worker(
            setting, broker: url, file: configuration.brokerFile, service: configuration.name, loop: loop, clocks: clocks,
            ledger: shared, scheduler: scheduler, runner: runner, log: log)
        self.worker = worker
        do throws(SystemError) { try await worker.start() } catch {
            throw ServiceFailure(code: 71, message: "no thread for the broker's connection can be made: \(error)")
        }
    }
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
