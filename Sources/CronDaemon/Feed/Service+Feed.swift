internal import CronEngine
internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import LinuxEvents

/// Events for others: a service that cannot publish them goes on, and they wait.
extension Service {
    /// Before anything is decided: from then on each decision is a fact.
    func openFeed(_ store: StoreOpening, secret: String) async {
        let source = FeedSource(service: configuration.name, store: EventFeed.identity(of: secret))
        feedSource = source
        guard let exchange = configuration.events, let publisher = broker, let facts = store.ledger.facts,
            let consumers = store.ledger.consumers
        else { return }
        let receiver = BrokerReceiver(publisher: publisher, exchange: exchange, source: source, secrets: secrets, log: log)
        let feed = EventFeed(
            EventFeed.Parts(
                consumer: "events", ledger: store.ledger, facts: facts, consumers: consumers, receiver: receiver,
                withOutput: configuration.eventOutput, clocks: clocks, secrets: secrets, log: log, jobs: jobsOfFeeds))
        await prepare(feed, "events")
        feedBox.withLock { $0.events = feed }
    }

    func prepare(_ feed: EventFeed, _ what: String) async {
        do throws(StoreError) { try await feed.prepare() } catch {
            lacks.append(
                Lack(what: what, reason: "what happens until the store works is not told: \(error.message)", remedy: "see the store"))
        }
    }

    var feeds: Feeds { feedBox.withLock { $0 } }

    /// Why they wait, for `status`.
    var feedFaults: [String] {
        var faults: [String] = []
        if let reason = feeds.events?.obstacle { faults.append("events: they wait in the store: \(reason)") }
        if let reason = feeds.hooks?.obstacle { faults.append("webhooks: they wait in the store: \(reason)") }
        if let reason = hookDesk?.obstacle { faults.append("webhooks: they wait for a host: \(reason)") }
        return faults
    }

    /// Outcomes of the last runs are events, too, as far as they can be told at once.
    func finishFeed() async {
        let feeds = feeds
        _ = await within(.milliseconds(800)) { await feeds.finish() }
    }

    /// What the table in use has of jobs.
    var jobsOfFeeds: @Sendable (Set<JobID>) async -> FeedJobs {
        { [weak self] ids in await self?.feedJobs(ids) ?? FeedJobs() }
    }

    private func feedJobs(_ ids: Set<JobID>) async -> FeedJobs {
        let host = configuration.host
        let wanted = Set(ids.map { FeedJobs.here($0, host: host) })
        return FeedJobs(await scheduler?.jobs(wanted) ?? [:], host: host, elsewhere: side.elsewhere)
    }

    /// The table is in use. What is lacking at the start is told to others, too.
    func beginFeed() {
        hasBegunFeeds = true
        for lack in lacks { feeds.events?.note(lack.what, lack.reason) }
        feeds.events?.begin()
        feeds.hooks?.begin()
    }
}
