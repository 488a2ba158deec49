internal import CronEngine
internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import LinuxEvents

/// Events for others: a service that cannot publish them goes on, and they wait.
extension Service {
    /// Before anything is decided: from then on each decision is a fact.
    func openFeed(_ store: StoreOpening, secret: String) async {
        guard let exchange = configuration.events, let publisher = broker, let facts = store.ledger.facts,
            let consumers = store.ledger.consumers
        else {
            // Others on a shared store may want them.
            if store.ledger.shared == nil { try? await store.ledger.facts?.keepFacts(false) }
            return
        }
        let feed = EventFeed(
            EventFeed.Parts(
                ledger: store.ledger, facts: facts, consumers: consumers, publisher: publisher, exchange: exchange,
                source: FeedSource(service: configuration.name, store: EventFeed.identity(of: secret)),
                withOutput: configuration.eventOutput, clocks: clocks, secrets: secrets, log: log,
                jobs: { [weak self] ids in await self?.feedJobs(ids) ?? FeedJobs() }))
        do throws(StoreError) { try await feed.prepare() } catch {
            lacks.append(
                Lack(what: "events", reason: "what happens until the store works is not told: \(error.message)", remedy: "see the store"))
        }
        feedBox.withLock { $0 = feed }
    }

    var feed: EventFeed? { feedBox.withLock { $0 } }

    /// Outcomes of the last runs are events, too, as far as store and broker take them at once.
    func finishFeed() async {
        guard let feed else { return }
        _ = await within(.milliseconds(800)) { await feed.finish(within: .milliseconds(500)) }
    }

    private func feedJobs(_ ids: Set<JobID>) async -> FeedJobs {
        let host = configuration.host
        let wanted = Set(ids.map { FeedJobs.here($0, host: host) })
        return FeedJobs(await scheduler?.jobs(wanted) ?? [:], host: host, elsewhere: side.elsewhere)
    }

    /// The table is in use. What is lacking at the start is told to others, too.
    func beginFeed() {
        for lack in lacks { feed?.note(lack.what, lack.reason) }
        feed?.begin()
    }
}
