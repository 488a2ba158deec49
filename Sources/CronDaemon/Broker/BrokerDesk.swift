internal import CronFeed
internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents

// The broker that a service publishes to: a service without its connection is degraded, not dead. Events and runs for workers go over the same
// connection; what no worker took is heard of on one of its own.

actor BrokerDesk {
    private let context: ServiceContext
    nonisolated let publisher: Publisher
    /// Carries out publications.
    nonisolated let publications: PublicationRunner
    /// Hands runs to workers, and hears of those that none of them took; `nil` where nobody can: then lines with via=workers are bad ones.
    nonisolated let dispatcher: DispatchRunner?
    private let feeds: Locked<Feeds>
    /// `nil` until a table has something for workers.
    private var deadLetters: Consumer?
    private var saidStrangeLetter = false
    private var log: Log { context.log }

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    private init(_ context: ServiceContext, _ publisher: Publisher, _ ledger: any Ledger, _ feeds: Locked<Feeds>) {
        let name = context.configuration.name
        self.context = context
        self.publisher = publisher
        self.feeds = feeds
        publications = PublicationRunner(publisher, executor: context.loop, clocks: context.clocks, service: name)
        dispatcher =
            context.isWorker
            ? nil
            : ledger.shared.map {
                DispatchRunner(publisher, ledger: $0, executor: context.loop, clocks: context.clocks, service: name)
            }
    }

    /// `nil` where no broker is named.
    static func make(_ context: ServiceContext, _ ledger: any Ledger, _ feeds: Locked<Feeds>) -> BrokerDesk? {
        guard let url = context.configuration.broker, !context.isWorker else { return nil }
        let made = Later<BrokerDesk>()
        let publisher = Publisher(url, file: context.configuration.brokerFile, executor: context.loop, clocks: context.clocks) { news in
            made.value?.assumeIsolated { $0.hear(news) }
        }
        let desk = BrokerDesk(context, publisher, ledger, feeds)
        made.set(desk)
        return desk
    }

    func connect() async {
        do throws(SystemError) { try await publisher.start() } catch {
            context.reduced.add(
                ReducedFeature(
                    what: "broker", reason: "nothing can be published: \(error)",
                    remedy: "raise the limits of processes and open files (ulimit -u, ulimit -n)"))
        }
    }

    func close() async { await deadLetters?.close() }

    private func hear(_ news: BrokerNews) {
        switch news {
        case .up(let url, let again): log.info(again ? "the broker is back" : "connected to the broker", .text("broker", url))
        case .down(let error):
            log.warning("there is no broker; what is to be published waits, within its grace", .text("reason", error.description))
        case .blocked(let reason):
            log.warning(
                "the broker takes no messages; what is to be published waits, within its grace", .text("reason", reason),
                .text("remedy", "look at the broker's memory and disk alarms"))
        case .unblocked: log.info("the broker takes messages again")
        }
        publications.assumeIsolated { $0.release() }
        feeds.withLock { $0 }.events?.receiverChanged()
        dispatcher?.assumeIsolated { $0.release() }
    }

    // MARK: What no worker took

    /// Once a table has something for workers.
    func hearDeadLetters(for jobs: [Job]) async {
        guard deadLetters == nil, dispatcher != nil, let url = context.configuration.broker,
            jobs.sharedPolicies.contains(where: { $0.values.pool != nil })
        else { return }
        let plan = WorkQueues(service: context.configuration.name).planOfDead
        let consumer = Consumer(url, file: context.configuration.brokerFile, plan: plan, executor: context.loop) { [unowned self] news in
            assumeIsolated { $0.hearDead(news) }
        }
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
