internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents

/// Runs that workers are to start: sent by the publisher's connection, and what no worker took is heard of on one of its own.
extension Service {
    /// Who hands runs to workers; `nil` where nobody can: then lines with via=workers are bad ones.
    func makeDispatcher(_ store: StoreOpening) -> DispatchRunner? {
        guard !isWorker, let broker, let shared = store.ledger.shared else { return nil }
        let runner = DispatchRunner(broker, ledger: shared, executor: loop, clocks: clocks, service: configuration.name)
        dispatcher = runner
        return runner
    }

    /// Once a table has something for workers.
    func hearDeadLetters(for jobs: [Job]) async {
        guard deadLetters == nil, dispatcher != nil, let url = configuration.broker,
            jobs.sharedPolicies.contains(where: { $0.values.pool != nil })
        else { return }
        let consumer = Consumer(
            url, file: configuration.brokerFile, plan: WorkQueues(service: configuration.name).planOfDead, executor: loop
        ) { [unowned self] news in assumeIsolated { $0.hearDead(news) } }
        deadLetters = consumer
        do throws(SystemError) { try await consumer.start() } catch {
            log.error("messages that no worker took are not heard of", .text("reason", "\(error)"))
        }
    }

    private func hearDead(_ news: Consumer.News) {
        switch news {
        case .up: log.debug("messages that no worker takes are heard of")
        case .down(let error, let isNew):
            if isNew { log.warning("messages that no worker takes are not heard of now", .text("reason", error.description)) }
        case .delivered(let messages):
            for message in messages where dispatcher?.assumeIsolated({ $0.hear(message) }) == false { sayStrange(message) }
            let settled = messages.map { ($0.id, Settlement.accept) }
            deadLetters?.assumeIsolated { $0.settle(settled) }
        }
    }

    /// Once: whoever may write to the queue could fill our log.
    private func sayStrange(_ message: Delivered) {
        guard !saidStrangeLetter else { return }
        saidStrangeLetter = true
        log.warning("a dead letter is none of ours; such letters are dropped", .number("bytes", Int64(message.body.count)))
    }
}
