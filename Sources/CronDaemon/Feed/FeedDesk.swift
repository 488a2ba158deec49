internal import CronEngine
internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import CronProcesses
internal import CronRabbitMQ
internal import CronWeb
internal import LinuxEvents

// Who is told what was decided: the broker's exchange, and the URLs of webhooks and pings. A service that cannot tell them goes on, and what is to be
// told waits. From the moment that somebody is to be told, each decision is a fact.

actor FeedDesk {
    struct Parts: Sendable {
        let store: StoreOpening
        let scheduler: SchedulerEngine
        let publisher: Publisher?
        let view: TableView
        /// Whoever decides something wakes them.
        let feeds: Locked<Feeds>
    }

    private let context: ServiceContext
    private nonisolated let parts: Parts
    private let source: FeedSource
    /// `nil` until a table wants webhooks or pings.
    private var hooks: HookDesk?
    /// A table is in use.
    private var hasBegun = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts, secret: String) {
        self.context = context
        self.parts = parts
        source = FeedSource(service: context.configuration.name, store: EventFeed.identity(of: secret))
    }

    nonisolated var all: Feeds { parts.feeds.withLock { $0 } }

    /// Why they wait, for `status`.
    var faults: [String] {
        var faults: [String] = []
        if let reason = all.events?.obstacle { faults.append("events: they wait in the store: \(reason)") }
        if let reason = all.hooks?.obstacle { faults.append("webhooks: they wait in the store: \(reason)") }
        if let reason = hooks?.secretFault { faults.append("webhooks: \(reason)") }
        if let reason = hooks?.obstacle { faults.append("webhooks: they wait for a host: \(reason)") }
        return faults
    }

    // MARK: Beginning

    /// Before anything is decided: from then on each decision is a fact.
    func openEvents() async {
        guard let exchange = context.configuration.events, let publisher = parts.publisher else { return }
        let receiver = BrokerReceiver(
            publisher: publisher, exchange: exchange, source: source, secrets: context.secrets, log: context.log)
        guard let feed = await feed("events", receiver, lack: "events") else { return }
        parts.feeds.withLock { $0.events = feed }
    }

    /// Before these jobs are in use. There are no webhooks and pings before a table wants some.
    func openHooks(for jobs: [Job]) async {
        guard !context.isWorker, hooks == nil, wantsHooks(jobs) else { return }
        let desk = makeHookDesk()
        guard let feed = await feed("hooks", desk, isForMany: true, lack: "webhooks") else { return }
        parts.feeds.withLock { $0.hooks = feed }
        hooks = desk
        if hasBegun { feed.begin() }
    }

    /// `nil` where the store keeps no facts.
    private func feed(_ consumer: String, _ receiver: any FeedReceiver, isForMany: Bool = false, lack: String) async -> EventFeed? {
        let ledger = parts.store.ledger
        guard let facts = ledger.facts, let consumers = ledger.consumers else { return nil }
        let feed = EventFeed(
            EventFeed.Parts(
                consumer: consumer, ledger: ledger, facts: facts, consumers: consumers, receiver: receiver, isForMany: isForMany,
                withOutput: context.configuration.eventOutput, clocks: context.clocks, secrets: context.secrets, log: context.log,
                jobs: { [weak self] ids in await self?.jobs(ids) ?? FeedJobs() }))
        do throws(StoreError) { try await feed.prepare() } catch {
            context.reduced.add(
                ReducedFeature(
                    what: lack, reason: "what happens until the store works is not told: \(error.message)", remedy: "see the store"))
        }
        return feed
    }

    /// Facts that nobody takes are not kept, once it is known what the table wants.
    func forgetFacts(_ isTableKnown: Bool) async {
        let feeds = all
        guard isTableKnown, feeds.events == nil, feeds.hooks == nil, parts.store.ledger.shared == nil else { return }
        // Others on a shared store may want them.
        try? await parts.store.ledger.facts?.keepFacts(false)
    }

    private func wantsHooks(_ jobs: [Job]) -> Bool {
        context.configuration.policies.hooks != nil || jobs.sharedPolicies.contains { $0.values.hooks != nil }
    }

    private func makeHookDesk() -> HookDesk {
        let configuration = context.configuration
        var options = WebClient.Options()
        options.proxies = WebProxies(configuration.environment)
        options.authority = configuration.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let blocking = ThreadExecutor()
        return HookDesk(
            HookDesk.Parts(
                client: WebClient(options, blocking: blocking), blocking: blocking, source: source, policies: configuration.policies,
                secret: SigningSecret(configuration.webhookSecret, file: configuration.webhookSecretFile, log: context.log),
                // Runs come first: each wants several files.
                places: min(DeliveryMachine.mostOnTheirWay, FileLimit.current / 4), version: ServiceHost.version, clocks: context.clocks,
                secrets: context.secrets, log: context.log))
    }

    /// The table is in use. What is lacking at the start is told to others, too.
    func begin() {
        hasBegun = true
        let feeds = all
        for lack in context.reduced.all { feeds.events?.note(lack.what, lack.reason) }
        feeds.events?.begin()
        feeds.hooks?.begin()
    }

    // MARK: Going on, and the end

    /// What the table in use has of jobs.
    private func jobs(_ ids: Set<JobID>) async -> FeedJobs {
        let host = context.configuration.host
        let wanted = Set(ids.map { FeedJobs.here($0, host: host) })
        return FeedJobs(await parts.scheduler.jobs(wanted), host: host, elsewhere: parts.view.side.elsewhere)
    }

    /// Somebody is to be told how the last runs end.
    nonisolated var areWaitedFor: Bool {
        let feeds = all
        return feeds.events != nil || feeds.hooks != nil
    }

    /// Outcomes of the last runs are events, too, as far as they can be told at once.
    func finish() async {
        let feeds = all
        _ = await context.loop.within(.milliseconds(800)) { await feeds.finish() }
    }
}
