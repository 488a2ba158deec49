internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import CronEngine

// Runs of jobs that another host runs (`host=NAME`): handed to it by way of the store, and taken from others (see `OrderStore`). Whatever becomes of
// such a run stands in the history under the name that its asker was told.

/// What this service passed on, and what it has heard of others'.
struct PassedOrders {
    /// How long an order stands: two renewals, and what a slow store takes.
    static let life = Duration.seconds(10)

    /// Whose host has not taken it yet, as far as it was looked.
    var waiting: [RunID: (order: PassedOrder, deadline: MonotonicTime)] = [:]
    /// The mark of the orders that were looked at, as a renewal brought it.
    var seen: Int64 = 0
    /// Some could not be carried out yet.
    var hasLeft = false
}

extension Service {
    /// Has the host of a job start a run of it.
    func passOn(_ name: JobID, isForced: Bool, _ store: StoreOpening, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        guard let other = side.others[name], let orders = store.ledger.orders, let shared = store.ledger.shared else {
            throw ControlRefusal("\(name) runs on \(side.others[name]?.name ?? "another host"): ask there", code: 75)
        }
        // It may have come since the last renewal.
        if await !shared.view().hosts.contains(other.name) { _ = try? await shared.renew([], now: clocks.wall) }
        guard await shared.view().hosts.contains(other.name) else {
            throw ControlRefusal(
                "\(name) was not started: it runs on \(other.name), and no service of that host uses the store now; start it, or change host= "
                    + "in its line", code: 75)
        }
        let run = RunID(job: name, .manual(clocks.wall.instant, .random(in: .min ... .max)))
        let order = PassedOrder(run, host: other.name, isForced: isForced, by: "\(asker)", left: PassedOrders.life)
        do throws(StoreError) {
            guard try await orders.passOn(order) else {
                throw StoreError(.refused, "\(PassedOrder.bound) runs wait for other hosts already")
            }
        } catch {
            throw ControlRefusal("\(name) was not started: \(error.message)", code: error.code == .refused ? 75 : 69)
        }
        let patience = PassedOrders.life + .seconds(1)
        passed.waiting[run] = (order, clocks.monotonic + patience)
        log.info(
            "a run that was asked for is handed to its host", .text("job", "\(name)"), .text("run", "\(run)"), .text("host", other.name),
            .text("by", order.by))
        tell(.triggered, run, order)
        var steered = SteeredRun(run: run, state: .passedOn, host: other.name, attempts: other.attempts)
        steered.withinMs = (patience + shared.renewalInterval).wholeMilliseconds
        return steered
    }

    /// Carries out what others ask of this host, and takes back what theirs did not take. With each renewal.
    func keepOrders(_ shared: any SharedLedger) async {
        guard let orders = store?.ledger.orders, !stopping else { return }
        for (run, entry) in passed.waiting where clocks.monotonic >= entry.deadline {
            guard let wasThere = try? await orders.removeOrder(run) else { continue }
            passed.waiting[run] = nil
            if wasThere { await record(entry.order, .undelivered("\(entry.order.host) did not take it")) }
        }
        let mark = await shared.view().orders
        guard mark != passed.seen || passed.hasLeft else { return }
        guard let found = try? await orders.orders(for: configuration.host) else { return passed.hasLeft = true }
        (passed.seen, passed.hasLeft) = (mark, false)
        for order in found where await !carryOut(order, orders) { passed.hasLeft = true }
    }

    /// False where nothing could be decided yet.
    private func carryOut(_ order: PassedOrder, _ orders: any OrderStore) async -> Bool {
        guard let scheduler, let ledger = store?.ledger, case .manual(let moment, let token) = order.run.occasion else { return true }
        do throws(StoreError) {
            if try await ledger.attempts(of: order.run).isEmpty {
                let wanted = RunOrder(order.run.job, isForced: order.isForced, by: order.by, token: token, at: moment)
                switch await scheduler.run(wanted) {
                case .starts, .waits, .refused(.overlapElsewhere), .refused(.unconfirmed): break
                case .refused(.overlap): await record(order, .skipped(.overlap))
                case .refused(.unknownJob), .refused(.otherHost): await record(order, .undelivered("no such job on \(configuration.host)"))
                case .refused(.storeFails), .refused(.storeWaits), .refused(.ending): return false
                }
            }
            _ = try await orders.removeOrder(order.run)
            return true
        } catch {
            return false
        }
    }

    /// A run that was passed on and that nobody has taken yet will not start; false where it was taken, or is not ours.
    func withdraw(_ run: RunID) async -> Bool {
        guard let entry = passed.waiting[run], let orders = store?.ledger.orders, (try? await orders.removeOrder(run)) == true else {
            return false
        }
        passed.waiting[run] = nil
        await record(entry.order, .cancelled)
        return true
    }

    /// The further attempt of a run of another host's, which waits there for its time, will not start: it has its outcome, and that host finds it decided.
    func withdrawAttempt(of run: RunID, _ job: Job, for asker: Asker) async -> Bool {
        guard let last = try? await store?.ledger.attempts(of: run).last, let claim = Claim(withdrawing: last, of: job, now: clocks.wall)
        else { return false }
        return await decide(claim, .cancelled, for: asker)
    }

    /// Gives an attempt its outcome, unless it has one: whoever claims it first decides.
    ///
    /// - Parameter asker: who wanted its end; that is entered, too.
    private func decide(_ claim: Claim, _ outcome: Outcome, for asker: Asker? = nil) async -> Bool {
        guard let ledger = store?.ledger, case .won(let fence)? = try? await ledger.claim([claim], now: clocks.wall).first else {
            return false
        }
        if let asker { _ = try? await ledger.requests?.request(.cancel, of: claim.run, by: "\(asker)", now: clocks.wall) }
        let finish = Finish(run: claim.run, attempt: claim.attempt, fence: fence, outcome: outcome, at: clocks.wall)
        return (try? await ledger.finish([finish])) != nil
    }

    /// Gives a run that did not start its outcome.
    private func record(_ order: PassedOrder, _ outcome: Outcome) async {
        guard case .manual(let moment, _) = order.run.occasion else { return }
        let claim = Claim(run: order.run, trigger: .manual, first: moment, since: moment, by: order.by)
        guard await decide(claim, outcome) else { return }
        log.warning(
            "a run that was asked for was not started", .text("job", "\(order.run.job)"), .text("run", "\(order.run)"),
            .text("outcome", "\(outcome)"), .text("by", order.by))
        tell(.finished, order.run, order, outcome)
    }

    private func tell(_ kind: ControlEvent.Kind, _ run: RunID, _ order: PassedOrder, _ outcome: Outcome? = nil) {
        var event = ControlEvent(kind, at: clocks.wall, run: run)
        (event.by, event.outcome, event.attempt) = (Asker(order.by), outcome, outcome.map { _ in 1 })
        events.publish(event)
    }
}
