internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import LinuxEvents

// Runs of jobs that another host runs (`host=NAME`): handed to it by way of the store, and taken from others (see `OrderStore`). Whatever becomes of
// such a run stands in the history under the name that its asker was told.

actor OrderKeeper {
    struct Parts: Sendable {
        let ledger: any Ledger
        let orders: any OrderStore
        let shared: any SharedLedger
        let scheduler: SchedulerEngine
        let view: TableView
    }

    /// How long an order stands: two renewals, and what a slow store takes.
    private static let life = Duration.seconds(10)

    private let context: ServiceContext
    private let parts: Parts
    /// Whose host has not taken it yet, as far as it was looked.
    private var waiting: [RunID: (order: PassedOrder, deadline: MonotonicTime)] = [:]
    /// The mark of the orders that were looked at, as a renewal brought it.
    private var seen: Int64 = 0
    /// Some could not be carried out yet.
    private var hasLeft = false
    private var clocks: any Clocks { context.clocks }

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts) {
        self.context = context
        self.parts = parts
    }

    /// Has the host of a job start a run of it.
    func passOn(_ name: JobID, to other: OtherHost, isForced: Bool, _ asker: Asker) async throws(ControlRefusal) -> SteeredRun {
        let shared = parts.shared
        // It may have come since the last renewal.
        if await !shared.view().hosts.contains(other.name) { _ = try? await shared.renew([], now: clocks.wall) }
        guard await shared.view().hosts.contains(other.name) else {
            throw ControlRefusal(
                "\(name) was not started: it runs on \(other.name), and no service of that host uses the store now; start it, or change host= "
                    + "in its line", code: 75)
        }
        let run = RunID(job: name, .manual(clocks.wall.instant, .random(in: .min ... .max)))
        let order = PassedOrder(run, host: other.name, isForced: isForced, by: "\(asker)", left: Self.life)
        do throws(StoreError) {
            guard try await parts.orders.passOn(order) else {
                throw StoreError(.refused, "\(PassedOrder.bound) runs wait for other hosts already")
            }
        } catch {
            throw ControlRefusal("\(name) was not started: \(error.message)", code: error.code == .refused ? 75 : 69)
        }
        let patience = Self.life + .seconds(1)
        waiting[run] = (order, clocks.monotonic + patience)
        context.log.info(
            "a run that was asked for is handed to its host", .text("job", "\(name)"), .text("run", "\(run)"), .text("host", other.name),
            .text("by", order.by))
        tell(.triggered, run, order)
        var steered = SteeredRun(run: run, state: .passedOn, host: other.name, attempts: other.attempts)
        steered.withinMs = (patience + shared.renewalInterval).wholeMilliseconds
        return steered
    }

    /// Carries out what others ask of this host, and takes back what theirs did not take. With each renewal.
    func keep() async {
        guard !context.stage.isEnding else { return }
        for (run, entry) in waiting where clocks.monotonic >= entry.deadline {
            guard let wasThere = try? await parts.orders.removeOrder(run) else { continue }
            waiting[run] = nil
            if wasThere { await record(entry.order, .undelivered("\(entry.order.host) did not take it")) }
        }
        let mark = await parts.shared.view().orders
        guard mark != seen || hasLeft else { return }
        guard let found = try? await parts.orders.orders(for: context.configuration.host) else { return hasLeft = true }
        (seen, hasLeft) = (mark, false)
        for order in found where await !carryOut(order) { hasLeft = true }
    }

    /// False where nothing could be decided yet.
    private func carryOut(_ order: PassedOrder) async -> Bool {
        guard case .manual(let moment, let token) = order.run.occasion else { return true }
        do throws(StoreError) {
            if try await parts.ledger.attempts(of: order.run).isEmpty {
                let wanted = RunOrder(order.run.job, isForced: order.isForced, by: order.by, token: token, at: moment)
                switch await parts.scheduler.run(wanted) {
                case .starts, .waits, .refused(.overlapElsewhere), .refused(.unconfirmed): break
                case .refused(.overlap): await record(order, .skipped(.overlap))
                case .refused(.unknownJob), .refused(.otherHost):
                    await record(order, .undelivered("no such job on \(context.configuration.host)"))
                case .refused(.storeFails), .refused(.storeWaits), .refused(.ending): return false
                }
            }
            _ = try await parts.orders.removeOrder(order.run)
            return true
        } catch {
            return false
        }
    }

    /// A run that was passed on and that nobody has taken yet will not start; false where it was taken, or is not ours.
    func withdraw(_ run: RunID) async -> Bool {
        guard let entry = waiting[run], (try? await parts.orders.removeOrder(run)) == true else { return false }
        waiting[run] = nil
        await record(entry.order, .cancelled)
        return true
    }

    /// The further attempt of a run of another host's, which waits there for its time, will not start: it has its outcome, and that host finds it
    /// decided.
    func withdrawAttempt(of run: RunID, _ job: Job, for asker: Asker) async -> Bool {
        guard let last = try? await parts.ledger.attempts(of: run).last, let claim = Claim(withdrawing: last, of: job, now: clocks.wall)
        else { return false }
        return await decide(claim, .cancelled, for: asker)
    }

    /// Gives an attempt its outcome, unless it has one: whoever claims it first decides.
    ///
    /// - Parameter asker: who wanted its end; that is entered, too.
    private func decide(_ claim: Claim, _ outcome: Outcome, for asker: Asker? = nil) async -> Bool {
        let ledger = parts.ledger
        guard case .won(let fence)? = try? await ledger.claim([claim], now: clocks.wall).first else {
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
        context.log.warning(
            "a run that was asked for was not started", .text("job", "\(order.run.job)"), .text("run", "\(order.run)"),
            .text("outcome", "\(outcome)"), .text("by", order.by))
        tell(.finished, order.run, order, outcome)
    }

    private func tell(_ kind: ControlEvent.Kind, _ run: RunID, _ order: PassedOrder, _ outcome: Outcome? = nil) {
        var event = ControlEvent(kind, at: clocks.wall, run: run)
        (event.by, event.outcome, event.attempt) = (Asker(order.by), outcome, outcome.map { _ in 1 })
        context.events.publish(event)
    }
}
