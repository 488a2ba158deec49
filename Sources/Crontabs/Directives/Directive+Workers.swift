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
    func dispatchFault(_ timing: Job.Timing) -> String? {
        let ending = "; so this entry does not run", policies = directives.policies
        guard directives.isForWorkers else {
            return names(.pool) ? "pool= belongs to via=workers, which does not stand here" + ending : nil
        }
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
}
