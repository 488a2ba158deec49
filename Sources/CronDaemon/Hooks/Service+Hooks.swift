internal import CronEngine
internal import CronFeed
internal import CronJobs
internal import CronWeb
internal import LinuxEvents

/// Webhooks and pings: there are none before a table wants some.
extension Service {
    /// Before these jobs are in use: from then on each decision is a fact, and is told.
    func openHooks(for jobs: [Job]) async {
        guard !isWorker, feeds.hooks == nil, wantsHooks(jobs), let store, let source = feedSource, let facts = store.ledger.facts,
            let consumers = store.ledger.consumers
        else { return }
        let desk = makeHookDesk(source)
        let feed = EventFeed(
            EventFeed.Parts(
                consumer: "hooks", ledger: store.ledger, facts: facts, consumers: consumers, receiver: desk, tellsEach: true,
                withOutput: configuration.eventOutput, clocks: clocks, secrets: secrets, log: log, jobs: jobsOfFeeds))
        await prepare(feed, "webhooks")
        feedBox.withLock { $0.hooks = feed }
        hookDesk = desk
        if hasBegunFeeds { feed.begin() }
    }

    /// Facts that nobody takes are not kept, once it is known what the table wants.
    func forgetFacts(_ isTableKnown: Bool) async {
        guard isTableKnown, feeds.events == nil, feeds.hooks == nil, let store, store.ledger.shared == nil else { return }
        // Others on a shared store may want them.
        try? await store.ledger.facts?.keepFacts(false)
    }

    private func wantsHooks(_ jobs: [Job]) -> Bool {
        configuration.policies.hooks != nil || jobs.sharedPolicies.contains { $0.values.hooks != nil }
    }

    private func makeHookDesk(_ source: FeedSource) -> HookDesk {
        var options = WebClient.Options()
        options.proxies = WebProxies(configuration.environment)
        options.authority = configuration.environment["SSL_CERT_FILE"].flatMap { $0.isEmpty ? nil : $0 }
        let blocking = ThreadExecutor()
        return HookDesk(
            HookDesk.Parts(
                client: WebClient(options, blocking: blocking), blocking: blocking, source: source, policies: configuration.policies,
                secret: configuration.webhookSecret, secretFile: configuration.webhookSecretFile, version: ServiceHost.version,
                clocks: clocks, secrets: secrets, log: log))
    }
}
