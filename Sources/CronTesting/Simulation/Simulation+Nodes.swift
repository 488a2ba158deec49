internal import CronExpressions
internal import CronJobs
internal import CronEngine

// Lives of nodes, what the service does beside its scheduler, and the steps of the scenario.

extension Simulation {
    // MARK: A life

    mutating func boot(_ node: Int) {
        nodes[node].begin(maxRunning: mutation == .forgetsRoom ? nil : scenario.maxRunning, isAlone: scenario.isAlone)
        say(node, "boots")
        nodes[node].tableNumber = tableNumber
        send(.open, node, .boot)
    }

    mutating func opened(_ node: Int, _ opening: LedgerOpening) {
        nodes[node].incarnation = opening.incarnation
        // On an empty ledger nobody knows since when the table stands.
        nodes[node].isNew = opening.lastSeen == nil && time > 10_000_000_000
        send(.marks, node, .boot)
    }

    /// The marks have come: the table may be used.
    mutating func replaceTable(_ node: Int, _ marks: [JobID: Instant], isBoot: Bool) {
        nodes[node].tableNumber = tableNumber
        var since = tableSince
        if isBoot, nodes[node].isNew {
            since = max(since, nodes[node].wall(time).instant)
            for job in tables[node] { invariants.begins(job.id, after: since) }
        }
        var marks = marks
        let table = mutation.map { mutation in tables[node].map { $0.with(mutation) } } ?? tables[node]
        for job in table {
            guard let base = places[job.id].map({ allJobs[$0].id }) else { continue }
            if !(isBoot && nodes[node].isNew), marks[job.id] == nil { marks[job.id] = introduced[base] }
            guard isBoot, let edit = rescheduled[base] else { continue }
            // Where others go by the old times still, they may pass over the new ones.
            beginAnew(job.id, since: edit)
            if mutation != .forgetsEdits { marks[job.id] = max(marks[job.id] ?? edit, edit) }
        }
        var difference = nodes[node].machine.difference(to: table)
        if isBoot { nodes[node].edits = rescheduled }
        for job in difference.rescheduled where !isBoot {
            beginAnew(job, since: tableSince)
            if let base = places[job].map({ allJobs[$0].id }) { nodes[node].edits[base] = rescheduled[base] }
        }
        if mutation == .forgetsEdits { difference.rescheduled = [] }
        let life = nodes[node].life
        tellLocked(
            node, .tableReplaced(.init(jobs: table, rescheduled: difference.rescheduled, watermarks: marks, since: since)))
        guard isBoot, nodes[node].life == life else { return }
        tell(node, .leasesDue)
        guard nodes[node].life == life else { return }
        send(.sweep, node, .sweep(isBoot: true))
    }

    /// A job has other times, from an edit on. What the old ones decided stays so, where the clock was set back also for a time to come.
    private mutating func beginAnew(_ job: JobID, since edit: Instant) {
        let now = max(serverClock.instant + 2, edit)
        invariants.begins(job, after: max(ledger.mark(of: job) ?? now, now))
    }

    /// What the last life left open is decided: the service runs.
    mutating func begin(_ node: Int) {
        let life = nodes[node].life
        nodes[node].stage = .up
        tell(node, .retriesWanted(ofWorkers: false))
        guard nodes[node].life == life else { return }
        tellLocked(node, .serviceStarted(nodes[node].incarnation))
        guard nodes[node].life == life else { return }
        look(node)
        if !scenario.isAlone { lookOnce(node) }
        guard nodes[node].life == life else { return }
        add(.lease(node: node, life: life), after: dice.number(500_000_000...5_000_000_000))
    }

    mutating func keepLease(_ node: Int) {
        guard nodes[node].stage == .up || nodes[node].stage == .draining else { return }
        let life = nodes[node].life
        add(.lease(node: node, life: life), after: 5_000_000_000)
        if scenario.isAlone, awayUntil <= time { ledger.lastSeen = nodes[node].wall(time) }
        tell(node, .leasesDue)
        guard !scenario.isAlone, nodes[node].life == life, nodes[node].stage == .up, !nodes[node].isSweeping,
            !nodes[node].machine.storeFails
        else { return }
        nodes[node].isSweeping = true
        send(.sweep, node, .sweep(isBoot: false))
    }

    /// Attempts of owners that are gone. Their processes are gone, too, but for what an earlier life of this very service began.
    mutating func takeSwept(_ node: Int, _ open: [OpenRun], isBoot: Bool) {
        nodes[node].isSweeping = false
        let life = nodes[node].life
        for run in open where !nodes[node].machine.keeps(run) {
            let job = tables[node].first { $0.id == run.run.job }
            let attempt = Attempt(adopting: run, job: job, now: nodes[node].wall(time))
            tell(node, .adopted(attempt))
            if !adopt(attempt, startedAt: run.startedAt, node) { tell(node, .interrupted(run, job)) }
            guard nodes[node].life == life else { return }
        }
        if isBoot { begin(node) }
    }

    /// Takes over what an earlier life began; false where nothing of it is left.
    private mutating func adopt(_ attempt: Attempt, startedAt: WallTime?, _ node: Int) -> Bool {
        guard var run = nodes[node].orphans.removeValue(forKey: .init(run: attempt.run, attempt: attempt.number)) else { return false }
        say(node, "adopts \(attempt.run)#\(attempt.number) under \(attempt.fence)")
        let number = newNumber()
        (run.attempt, run.isAdopted, run.isFromMemory) = (attempt, true, false)
        nodes[node].runs[number] = run
        add(.end(node: node, life: nodes[node].life, run: number), after: max(0, run.endsAt - time))
        let start = Start(
            run: attempt.run, attempt: attempt.number, fence: attempt.fence, at: startedAt ?? nodes[node].wall(time), process: nil)
        send(.start([start]), node, .nobody)
        return true
    }

    mutating func follow(_ node: Int) {
        guard nodes[node].stage == .up, nodes[node].tableNumber < tableNumber else { return }
        send(.marks, node, .table)
    }

    mutating func crash(_ node: Int) {
        say(node, "ends")
        nodes[node].end()
        nodes[node].killedName = nil
        add(.boot(node: node, life: nodes[node].life), after: dice.number(200_000_000...20_000_000_000))
    }

    /// The service alone goes.
    mutating func kill(_ node: Int) {
        say(node, "is killed")
        nodes[node].killedName = nodes[node].memory.name
        nodes[node].end(isKilled: true)
        for run in nodes[node].orphans.values.sorted(by: { $0.begunAt < $1.begunAt }) {
            add(.orphanEnd(node: node, begunAt: run.begunAt), after: max(0, run.endsAt - time))
        }
        add(.boot(node: node, life: nodes[node].life), after: dice.number(200_000_000...5_000_000_000))
    }

    /// It is told to end: what runs is let end.
    private mutating func stop(_ node: Int) {
        guard nodes[node].stage == .up else { return }
        nodes[node].stage = .draining
        tell(node, .stop)
        add(.gone(node: node, life: nodes[node].life), after: 6_000_000_000)
    }

    mutating func leave(_ node: Int) {
        guard nodes[node].stage == .draining else { return }
        guard nodes[node].isSettling else {
            nodes[node].isSettling = true
            let life = nodes[node].life
            for run in nodes[node].runs.keys.sorted() where nodes[node].life == life { finish(node, run, .cancelled) }
            guard nodes[node].life == life else { return }
            tellLocked(node, .settle)
            return add(.gone(node: node, life: life), after: dice.number(200_000_000...2_000_000_000))
        }
        if !scenario.isAlone, awayUntil <= time, nodes[node].cutUntil <= time {
            let now = ledger.hear(nodes[node].memory.caller, server: server, at: serverClock)
            ledger.release(nodes[node].memory.name, at: nodes[node].wall(time), now: now)
        }
        crash(node)
    }

    // MARK: Steps

    mutating func strike(_ fault: Fault, _ place: Int) {
        // A store of one's own is written by nobody else, and a call of it that failed has done nothing.
        if case .loseReply = fault, scenario.isAlone { return }
        if let trap = fault.trap { return nodes[trap.node].traps.append(fault) }
        switch fault {
        case .storeSetBack, .storeEmptied, .cut, .nodeClock: if scenario.isAlone { return } else { break }
        default: break
        }
        report.tally.count(fault)
        say("\(fault)")
        switch fault {
        case .stop(let node): stop(node)
        case .cut(let node, let duration): nodes[node].cutUntil = time &+ duration * 1_000_000
        case .storeAway(let duration): awayUntil = time &+ duration * 1_000_000
        case .storeSetBack: if let earlier = snapshots.removeValue(forKey: place) { setBack(to: earlier) }
        case .storeEmptied: setBack(to: ModelLedger(sharing: ledger.sharing))
        case .storeClock(let step):
            serverSkew &+= step * 1_000_000
            if scenario.isAlone { nodes[0].wallSkew = serverSkew }
            if step < 0 { invariants.clockWasSetBack() }
            // Marks are set back with it, and edits mean nothing for the times that it shows again.
            if step < -3 * 3_600_000 { forgetEdits() }
        case .nodeClock(let node, let step): nodes[node].wallSkew &+= step * 1_000_000
        case .pause(let job): pause(true, job)
        case .pauseFor(let job, let duration): pause(true, until: serverClock + .milliseconds(duration), job)
        case .resume(let job): pause(false, job)
        case .trigger(let node, let job, let isForced): order(job, isForced: isForced, node)
        case .withdraw(let node, let job): withdraw(job, node)
        case .once(let node, let delay, let cancelled): askOnce(node, after: delay, cancelledAfter: cancelled)
        case .busy(let node, let duration): nodes[node].busyUntil = time &+ duration * 1_000_000
        case .remove(let job): edit { $0.removeAll { $0.id == Scenario.id(job) } }
        case .restore(let job):
            let restored = allJobs[job], number = tableNumber
            edit { if !$0.contains(where: { $0.id == restored.id }) { $0.append(restored) } }
            if tableNumber > number { introduced[restored.id] = tableSince }
            guard tableNumber > number else { return }
            // It comes back with the times that it had at first: what others named before it went is decided.
            for job in tables.joined() where places[job.id] == places[restored.id] {
                invariants.begins(job.id, after: ledger.mark(of: job.id) ?? tableSince)
            }
        case .change(let job):
            let text = "echo \(time)"
            edit { table in
                guard let index = table.firstIndex(where: { $0.id == Scenario.id(job) }) else { return }
                table[index].command?.text = text
            }
        case .reschedule(let job, let seconds):
            guard let schedule = IntervalSchedule(every: seconds), job > 0 else { return }
            let number = tableNumber, id = Scenario.id(job)
            edit { table in
                guard let index = table.firstIndex(where: { $0.id == id }) else { return }
                table[index].timing = .other(AnySchedule(schedule))
            }
            if tableNumber > number { rescheduled[id] = tableSince }
        case .crash, .kill, .freeze, .loseRequest, .loseReply: break
        }
    }

    /// A server that was set back has restarted: nobody is connected to it.
    private mutating func setBack(to earlier: ModelLedger) {
        invariants.setBack(from: ledger, to: earlier)
        ledger = earlier
        server += 1
        for place in nodes.indices { nodes[place].memory.isTold = false }
    }

    private mutating func pause(_ isPaused: Bool, until end: WallTime? = nil, _ job: Int) {
        guard awayUntil <= time else { return }
        say(isPaused, until: end, Scenario.id(job))
    }

    private mutating func say(_ isPaused: Bool, until end: WallTime? = nil, _ job: JobID) {
        ledger.setPaused(isPaused, until: end, [job], now: serverClock)
        if let word = ledger.pauses[job] { invariants.paused(job, word) }
        if mutation == .forgetsEnds { ledger.pauses[job]?.until = nil }
    }

    private mutating func forgetEdits() {
        rescheduled = [:]
        for node in nodes.indices { nodes[node].edits = [:] }
    }

    private mutating func edit(_ change: (inout [Job]) -> Void) {
        var edited = table
        change(&edited)
        guard edited != table else { return }
        table = edited
        tables = placedTables
        tableNumber += 1
        tableSince = serverClock.instant
        for node in nodes.indices {
            add(.table(node: node, life: nodes[node].life), after: dice.number(1_000_000...5_000_000_000))
        }
    }

    /// From now on all is well.
    mutating func calmDown() {
        awayUntil = 0
        for node in nodes.indices {
            nodes[node].cutUntil = 0
            nodes[node].traps = []
            nodes[node].busyUntil = 0
        }
        for job in allJobs where ledger.isPaused(job.id, serverClock) { say(false, job.id) }
    }
}

extension Job {
    /// As a machine has it that is at fault.
    fileprivate func with(_ mutation: Mutation) -> Job {
        var job = self, values = policies.values
        switch mutation {
        case .forgetsJitter: values.jitter = .none
        case .forgetsOverlap: (values.overlap, values.maxRunning) = (.allow, 3000)
        case .growsQueues: if case .queue(let limit) = values.overlap { values.overlap = .queue(limit + 1) }
        case .shufflesQueues: if case .queue = values.overlap { values.overlap = .allow }
        default: return self
        }
        job.policies = JobPolicies(values)
        return job
    }
}
