internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents

/// Publishes events to an exchange.
struct BrokerReceiver: FeedReceiver {
    let publisher: Publisher
    let exchange: String
    let source: FeedSource
    let secrets: Secrets
    let log: Log
    /// The publisher's numbers of events on their way.
    private let sent = Locked<[Int: Int]>([:])

    init(publisher: Publisher, exchange: String, source: FeedSource, secrets: Secrets, log: Log) {
        (self.publisher, self.exchange, self.source, self.secrets, self.log) = (publisher, exchange, source, secrets, log)
    }

    var isOpen: Bool { publisher.isOpen }

    func tell(
        _ events: [(ticket: Int, event: FeedEvent)], of jobs: FeedJobs, answer: @escaping @Sendable (Int, DrainMachine.Answer) -> Void
    ) {
        let form = CloudEvent(source: source, mask: secrets.mask), sent = sent, publisher = publisher
        for (ticket, event) in events {
            let message = Message(
                id: source.id(of: event), exchange: exchange, key: source.routingKey(of: event), body: form.json(of: event).bytes,
                contentType: CloudEvent.contentType, timestamp: event.at.instant.seconds, mandatory: false)
            // The answer is given on the loop, in a turn of its own, so it finds the number there.
            sent.withLock { sent in
                sent[ticket] = publisher.submit(message, sendBefore: nil) { delivery in
                    self.sent.withLock { $0[ticket] = nil }
                    answer(ticket, self.answer(delivery))
                }
            }
        }
    }

    /// What had no answer because the connection went is nothing to say: that it went is said already.
    private func answer(_ delivery: Delivery) -> DrainMachine.Answer {
        switch delivery {
        case .confirmed: .arrived
        case .undelivered(let reason): .missing(reason)
        case .unconfirmed(let reason): publisher.isOpen ? .missing(reason) : .calledBack
        case .unsent: .calledBack
        }
    }

    func callBack() { for number in sent.withLock({ Array($0.values) }) { publisher.withdraw(number) } }

    func say(_ news: DrainMachine.News) {
        switch news {
        case .waits(let reason):
            log.warning("events cannot be published; they wait in the store", .text("exchange", exchange), .text("reason", reason))
        case .goesOn: log.info("events are published again")
        case .gap(let count):
            log.warning(
                "events are lost: the store had no room for them before they could be published", .number("count", Int64(count)))
        }
    }
}
