internal import CronJobs

/// An entry that is run by workers, which a broker hands it to.
extension Directive {
    static let via = Directive(
        "via", sets: \.isForWorkers, to: .words(["local": false, "workers": true]),
        meaning: "the service that claims it runs it, or workers do ([`crond worker`](workers.md)): over Redis and with a broker only",
        otherwise: .value("local"))

    static let pool = Directive(
        "pool", sets: \.policies.pool,
        to: ValueForm<String?>("a name: up to 64 letters, digits, `_` and `-`, the first a letter or digit") { text in
            PoolName.isOne(text) ? .some(text) : nil
        },
        meaning: "which workers run it: those of that pool", otherwise: .words("`\(PoolName.standard)`"))

    static let ack = Directive(
        "ack", sets: \.policies.acknowledgement, to: .words(["hand-over": .handOver, "completion": .completion]),
        meaning:
            "when a worker acknowledges the message: at the start, or [at the end of the run](workers.md#acknowledged-at-the-end), which needs `timeout=` and `attempts=`",
        otherwise: .value("hand-over"))
}

/// What pools of workers are called: as jobs are.
public enum PoolName {
    public static let standard = "default"

    public static func isOne(_ text: String) -> Bool {
        guard (1...64).contains(text.utf8.count), let first = text.utf8.first, first.isLetter || first.isDigit else { return false }
        return text.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}

extension DirectiveBlock {
    /// What `via=workers` does not go together with; `nil` where it does.
    ///
    /// - Parameter consumerTimeout: within it the broker wants to hear of what it gave to a worker.
    func dispatchFault(_ timing: Job.Timing, consumerTimeout: Duration) -> String? {
        let ending = "; so this entry does not run", policies = directives.policies
        guard directives.isForWorkers else {
            guard names(.pool) || policies.acknowledgement != .handOver else { return nil }
            return "\(names(.pool) ? "pool" : "ack")= belongs to via=workers, which does not stand here" + ending
        }
        if let fault = acknowledgementFault(consumerTimeout) { return fault + ending }
        if directives.publishes { return "via=workers is about commands, and publish=amqp runs none: take one of the two away" + ending }
        if timing == .startup {
            return "@reboot is about the start of this very service, and workers have none of it: take via=workers away" + ending
        }
        if policies.host != .any { return "via=workers and host= both say where it runs: take host= away" + ending }
        if policies.overlap.waits {
            return
                "overlap=queue(n) and overlap=replace look at the runs of one host, and workers are many: write overlap=skip or max-running="
                + ending
        }
        if policies.loadGate != nil { return "load-gate= looks at this machine, and the workers are others: take it away" + ending }
        switch policies.storeDown {
        case .hold, .skip: return nil
        case .local, .rank0:
            return "a worker starts only what is in the store, so store-down= can be hold or skip beside via=workers" + ending
        }
    }

    private static func text(_ duration: Duration) -> String {
        let seconds = duration.wholeSeconds
        return seconds % 60 == 0 ? "\(seconds / 60)m" : "\(seconds)s"
    }

    /// A run must have ended before the broker takes its message back, and it must be allowed to come back.
    private func acknowledgementFault(_ consumerTimeout: Duration) -> String? {
        let policies = directives.policies, longest = consumerTimeout - AcknowledgementPolicy.margin
        guard policies.acknowledgement == .completion else { return nil }
        guard let timeout = policies.timeout, timeout + policies.killAfter <= longest else {
            return
                "ack=completion needs a timeout= that is over, with its kill-after=, within \(Self.text(longest)): after \(Self.text(consumerTimeout)) the "
                + "broker takes back what is not acknowledged (--amqp-consumer-timeout)"
        }
        return policies.retry.attempts > 1
            ? nil : "ack=completion is for what may begin again when its worker is lost: write attempts=2, or more, beside it"
    }
}
