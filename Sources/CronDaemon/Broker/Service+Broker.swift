internal import CronJobs
internal import CronRabbitMQ
internal import LinuxEvents

/// The broker to which jobs publish: a service without its connection is degraded, not dead.
extension Service {
    /// Who carries out publications; `nil` where no broker is named.
    func makePublisher() -> PublicationRunner? {
        guard let url = configuration.broker else { return nil }
        let publisher = Publisher(url, file: configuration.brokerFile, executor: loop, clocks: clocks) { [unowned self] news in
            assumeIsolated { $0.hear(news) }
        }
        let runner = PublicationRunner(publisher, executor: loop, clocks: clocks, service: configuration.name)
        (broker, publications) = (publisher, runner)
        return runner
    }

    func connectBroker() async {
        do throws(SystemError) { try await broker?.start() } catch {
            lacks.append(
                Lack(
                    what: "broker", reason: "nothing can be published: \(error)",
                    remedy: "raise the limits of processes and open files (ulimit -u, ulimit -n)"))
        }
    }

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
        publications?.assumeIsolated { $0.release() }
        feeds.events?.receiverChanged()
        dispatcher?.assumeIsolated { $0.release() }
    }
}
