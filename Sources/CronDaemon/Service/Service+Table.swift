internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronScheduler
internal import CronTables
internal import Glibc

/// Follows the table's files: compares, applies, reports.
extension Service {
    func startWatching() {
        guard let keeper else { return }
        let asked = TableWatcher.Asked(list: watchList, keeper: keeper, answers: pathAnswers)
        let watcher = TableWatcher(loop: loop, source: configuration.table, asked) { [unowned self] in
            assumeIsolated { $0.look(force: false) }
        }
        self.watcher = watcher
        if let problem = watcher.problem {
            lacks.append(
                Lack(
                    what: "watch", reason: "edits are noticed after up to 15 s: \(problem)",
                    remedy: "raise fs.inotify.max_user_instances and max_user_watches"))
        }
        endLook()
    }

    /// Compares the files in a task; a hint that comes meanwhile is not lost.
    func look(force: Bool) {
        guard !stopping else { return }
        if looking {
            lookAgain = true
            forceAgain = forceAgain || force
            return
        }
        looking = true
        if force {
            log.info("asked to read the table again")
            lookUpUsers()
        }
        Task(executorPreference: loop) { await self.compareInTurn(force: force) }
    }

    func compareInTurn(force: Bool) async {
        await tableLock.take()
        _ = await compare(force: force)
        tableLock.give()
        endLook()
    }

    /// Goes on with a hint that came meanwhile.
    func endLook() {
        looking = false
        guard lookAgain else { return }
        lookAgain = false
        let force = forceAgain
        forceAgain = false
        look(force: force)
    }

    /// Only for who has the table's lock.
    func compare(force: Bool, for asker: Asker? = nil) async -> TableDifference? {
        guard let keeper else { return nil }
        let ticket = keeperAnswers.begin()
        let check = await keeper.check(force: force, isBeingWritten: !force && watcher?.isBeingWritten ?? false)
        await noteTableState(keeper)
        keeperAnswers.end(ticket)
        switch check {
        case .unchanged: return nil
        case .unsettled(let wait):
            watcher?.lookAgain(after: wait)
            return nil
        case .changed(let table): return await apply(table, for: asker)
        }
    }

    /// Only for who has the table's lock, and has had it since before the table was read.
    ///
    /// - Parameter asker: who asked for it; nil where a file or another replica did.
    func apply(_ table: LoadedTable, for asker: Asker? = nil) async -> TableDifference {
        guard let scheduler, let store else { return TableDifference() }
        let difference = await replaceTable(table, scheduler)
        do {
            try await store.ledger.retain(table.keptJobs, now: clocks.wall)
        } catch {
            log.error("the store does not know yet which jobs the table has", .text("reason", error.message))
        }
        await report(difference, table)
        publish(difference, table, asker)
        releaseMemory()
        return difference
    }

    /// Hands a table to the scheduler, and takes over what people are shown of it.
    func replaceTable(_ table: LoadedTable, _ scheduler: Scheduler) async -> TableDifference {
        staleJobs = table.compiled.stale
        secrets.learn(table.compiled.jobs.commandSettings)
        places = JobPlaces(table.compiled)
        noteLimits(table.compiled.jobs)
        return await scheduler.replaceTable(table.compiled.jobs, watermarks: table.watermarks, since: table.since)
    }

    /// Jobs with limits that only a control group can keep, where none can be made: they run without.
    private func noteLimits(_ jobs: [Job]) {
        let known = lacks.firstIndex { $0.what == "limits" }
        guard let obstacle = groups?.obstacle, jobs.sharedPolicies.contains(where: \.values.limits.needsGroup) else {
            if let known { lacks.remove(at: known) }
            return
        }
        guard known == nil else { return }
        let lack = Lack(
            what: "limits", reason: "limit-memory and limit-cpu are not kept: \(obstacle)",
            remedy: "give the container a writable cgroup v2, or name one with --cgroup; --strict makes such lines bad ones")
        lacks.append(lack)
        if isOpen { log.report([lack]) }
    }

    private func publish(_ difference: TableDifference, _ table: LoadedTable, _ asker: Asker?) {
        var event = ControlEvent(.table, at: clocks.wall)
        event.count = difference.added.count + difference.changed.count + difference.removed.count
        event.revision = table.revision?.number
        event.by = asker
        events.publish(event)
    }

    func report(_ difference: TableDifference, _ table: LoadedTable) async {
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
        guard places.unnamed > 0 else { return }
        log.info(
            "jobs without a name are shown by an id derived from their line", .number("jobs", Int64(places.unnamed)),
            .text("remedy", "name those that matter: # crond: name=NAME in the line above"))
    }

    /// A job, where it stands, and when it is due next.
    private func say(_ message: String, _ index: Int, _ table: CompiledTable, startup: String = "at the next start") {
        let job = table.jobs[index]
        let time = job.nextFireTime(after: clocks.wall.instant).map { time in job.zone.map { time.rfc3339(in: $0) } ?? time.rfc3339UTC() }
        let next = job.timing == .startup ? startup : time ?? "never"
        var fields: [LogRecord.Field] = [.text("job", "\(job.id)"), .text("next", next)]
        if let place = table.location(of: index) { fields.append(.text("at", place)) }
        log.record(.info, message, fields)
    }

    /// Keeps the jobs that are this host's and may run here; answers the ids of other hosts' jobs, whose state must stay, too.
    func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: Set<JobID>) {
        var table = table
        let settings = table.jobs.commandSettings
        secrets.learn(settings, adding: true)
        let refused = await refusedUsers(Set(settings.compactMap(\.user)))
        if !refused.isEmpty { table.filter { $0.command?.user.map(refused.contains) ?? false ? nil : $0 } }
        guard table.jobs.sharedPolicies.contains(where: { $0.values.host != .any }) else { return (table, []) }
        let placement = Placement(host: configuration.host, isShared: store?.ledger.shared != nil)
        var others: Set<JobID> = []
        table.filter { job in
            let placed = placement.placed(job)
            if placed == nil { others.insert(job.id) }
            if placed == nil, case .named(let host) = job.policies.values.host {
                otherHosts[job.id] = OtherHost(name: host, attempts: job.policies.values.retry.attempts)
            }
            if placed == nil, elsewhere.insert(job.id).inserted {
                log.info("job of another host", .text("job", "\(job.id)"), .text("host", configuration.host))
            }
            return placed
        }
        return (table, others)
    }

    /// Looks up the users that the table names, warns once of each that lines cannot run as, and answers those whose lines must not run.
    private func refusedUsers(_ names: Set<String>) async -> Set<String> {
        await users?.resolve(names)
        var refused: Set<String> = []
        for name in names.sorted() {
            let user = users?.cached(name)
            if canSwitchUser {
                if user == nil { warn(of: name, "unknown user: its lines will not start until there is one") }
            } else if user?.uid != geteuid() {
                if configuration.strictUsers { refused.insert(name) }
                warn(
                    of: name,
                    configuration.strictUsers
                        ? "not allowed to become another user: its lines are refused (--strict-users)"
                        : "not allowed to become another user: its lines run as the service's own")
            }
        }
        return refused
    }

    /// Users may have come, gone or changed since the table was loaded. Nobody waits for it: the database may be slow.
    func lookUpUsers() {
        guard let users else { return }
        Task(executorPreference: loop) { await users.refresh() }
    }

    private func warn(of user: String, _ message: String) {
        if warnedUsers.insert(user).inserted { log.warning(message, .text("user", user)) }
    }
}
