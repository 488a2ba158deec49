internal import CronEngine
internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import LinuxEvents

/// Hands a table to all who go by it, and says what is new in it.
actor TablePublisher {
    struct Parts: Sendable {
        let store: StoreOpening
        let scheduler: SchedulerEngine
        let view: TableView
        let feeds: FeedDesk
        let broker: BrokerDesk?
        let groups: ControlGroups
    }

    private let context: ServiceContext
    private let parts: Parts
    private var log: Log { context.log }

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ parts: Parts) {
        self.context = context
        self.parts = parts
    }

    /// The first one. Nothing of it is said before all is ready (`list`).
    func begin(with table: LoadedTable) async {
        _ = await take(table)
        await parts.feeds.forgetFacts(table.isKnown)
    }

    /// The caller holds the table lock, and has held it since before the table was read.
    ///
    /// - Parameter asker: who asked for it; nil where a file or another replica did.
    func replace(by table: LoadedTable, for asker: Asker?) async -> TableDifference {
        let difference = await take(table)
        do {
            if !context.isWorker { try await parts.store.ledger.retain(table.keptJobs, now: context.clocks.wall) }
        } catch {
            log.error("the store does not know yet which jobs the table has", .text("reason", error.message))
        }
        report(difference, table)
        publish(difference, table, asker)
        ProcessHost.trimMemory()
        return difference
    }

    private func take(_ table: LoadedTable) async -> TableDifference {
        let jobs = table.compiled.jobs
        let known = parts.view.side.others, side = TableSide(table)
        parts.view.show(side)
        for job in side.others.keys.sorted() where known[job] == nil {
            log.info("job of another host", .text("job", "\(job)"), .text("host", context.configuration.host))
        }
        context.secrets.learn(jobs.commandSettings)
        noteLimits(jobs)
        await parts.broker?.hearDeadLetters(for: jobs)
        await parts.feeds.openHooks(for: jobs)
        return await parts.scheduler.replaceTable(jobs, watermarks: table.watermarks, since: table.since)
    }

    /// Jobs with limits that only a control group can keep, where none can be made: they run without.
    private func noteLimits(_ jobs: [Job]) {
        var feature: ReducedFeature?
        if let obstacle = parts.groups.obstacle, jobs.sharedPolicies.contains(where: \.values.limits.needsGroup) {
            feature = ReducedFeature(
                what: "limits", reason: "limit-memory and limit-cpu are not kept: \(obstacle)",
                remedy: "give the container a writable cgroup v2, or name one with --cgroup; --strict makes such lines bad ones")
        }
        if context.reduced.replace("limits", by: feature), let feature, context.stage.isOpen { log.report([feature]) }
    }

    private func publish(_ difference: TableDifference, _ table: LoadedTable, _ asker: Asker?) {
        var event = ControlEvent(.table, at: context.clocks.wall)
        event.count = difference.added.count + difference.changed.count + difference.removed.count
        event.revision = table.revision?.number
        event.by = asker
        context.events.publish(event)
        parts.feeds.all.wake()
    }

    // MARK: What is said

    private func report(_ difference: TableDifference, _ table: LoadedTable) {
        log.info(
            "table loaded", .number("jobs", Int64(table.compiled.jobs.count)), .number("revision", Int64(table.revision?.number ?? 0)),
            .number("added", Int64(difference.added.count)), .number("changed", Int64(difference.changed.count)),
            .number("removed", Int64(difference.removed.count)))
        let touched = Dictionary(
            difference.added.map { ($0, "job added") } + difference.changed.map { ($0, "job changed") },
            uniquingKeysWith: { first, _ in first })
        guard !touched.isEmpty || !difference.removed.isEmpty else { return }
        for (index, job) in table.compiled.jobs.enumerated() {
            guard let message = touched[job.id] else { continue }
            say(message, index, table.compiled)
        }
        for id in difference.removed { log.info("job removed", .text("job", "\(id)")) }
    }

    /// The jobs of the first table, a line each; of a large one not even the beginning.
    func list(_ table: CompiledTable) {
        guard table.jobs.count <= 100 else { return }
        for index in table.jobs.indices { say("job loaded", index, table, startup: "now") }
    }

    /// Ids of jobs without a name change with their lines, and so does what is remembered of them.
    func hintAtNames() {
        let unnamed = parts.view.side.places.unnamed
        guard unnamed > 0 else { return }
        log.info(
            "jobs without a name are shown by an id derived from their line", .number("jobs", Int64(unnamed)),
            .text("remedy", "name those that matter: # crond: name=NAME in the line above"))
    }

    /// A job, where it stands, and when it is due next.
    private func say(_ message: String, _ index: Int, _ table: CompiledTable, startup: String = "at the next start") {
        let job = table.jobs[index]
        let time = job.nextFireTime(after: context.clocks.wall.instant).map { time in
            job.zone.map { time.rfc3339(in: $0) } ?? time.rfc3339UTC()
        }
        let next = job.timing == .startup ? startup : time ?? "never"
        var fields: [LogRecord.Field] = [.text("job", "\(job.id)"), .text("next", next)]
        if let place = table.location(of: index) { fields.append(.text("at", place)) }
        log.record(.info, message, fields)
    }
}
