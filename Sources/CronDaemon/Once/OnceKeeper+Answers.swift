internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import Glibc

// What is asked about jobs that run once: one more, which there are, one less.

extension OnceKeeper {
    // MARK: One more

    func add(_ request: OnceRequest, for asker: Asker) async throws(ControlRefusal) -> OnceSnapshot {
        await lock.take()
        defer { lock.give() }
        let (time, zone) = try time(request.time)
        try check(request)
        try await checkUser(request.user, asker)
        let job = OnceJob(
            id: try id(request.name), time: time, zone: zone, command: request.command, user: request.user, owner: geteuid(),
            directory: request.directory, variables: request.variables, by: asker, askedAt: parts.clocks.wall,
            publication: request.publication)
        try await put(job)
        tell("a job that runs once was added", .onceAdded, job, asker)
        return await snapshot(job, refusal: nil)
    }

    private func put(_ job: OnceJob) async throws(ControlRefusal) {
        await makeHostKey()
        var stored = trust.sign(job)
        do throws(StoreError) { try stored.check() } catch { throw ControlRefusal(error.message, code: 65) }
        let count: Int, record: RunRecord?, answer: PutAnswer?
        do throws(StoreError) {
            count = try await parts.store.countOfStoredJobs(.once)
            record = try await parts.ledger.record(of: job.id, at: job.time)
            let isRoom = count < Self.most && record == nil
            answer = isRoom ? try await parts.store.put(stored, replacing: nil, now: parts.clocks.wall) : nil
        } catch {
            throw ControlRefusal(error)
        }
        switch answer {
        case .stored(let revision)?:
            stored.revision = revision
            if let kept = KeptOnce(stored) { await enter(kept, as: job.user) }
        case .overtaken?:
            throw ControlRefusal(
                "\(job.id) is there already: cancel it with crond at --cancel \(job.id), or take another --name", code: 73)
        case nil where record != nil:
            throw ControlRefusal("\(job.id) ran at that very second: take another --name, or another time", code: 73)
        case nil:
            throw ControlRefusal("\(count) jobs that run once are pending, the most there can be: cancel some, or wait", code: 73)
        }
    }

    private func time(_ text: String) throws(ControlRefusal) -> (Instant, zone: String) {
        let words: TimeWords
        do throws(TimeFault) {
            words = try TimeWords(text, now: now, direction: .ahead, zone: zone, zones: parts.zones)
        } catch {
            throw ControlRefusal("'\(text)': \(error)", code: error.isOfTime ? 65 : 64)
        }
        // So long at least: the present second has begun already.
        let isBegun = words.isRelative && parts.clocks.wall > WallTime(now)
        let time = isBegun ? words.instant + 1 : words.instant
        guard time >= now else {
            throw ControlRefusal(
                "'\(text)' is \(time.rfc3339(in: words.zone)), which has passed: it is \(now.rfc3339(in: words.zone)) now", code: 65)
        }
        return (time, words.zone.identifier)
    }

    private func id(_ name: String?) throws(ControlRefusal) -> JobID {
        guard let name else {
            let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
            return JobID(JobID.oncePrefix + String((0..<8).map { _ in letters[Int.random(in: letters.indices)] }))
        }
        let bare = name.hasPrefix(JobID.oncePrefix) ? String(name.dropFirst(JobID.oncePrefix.count)) : name
        guard KeptOnce.isName(bare.utf8) else {
            throw ControlRefusal("--name \(name): expected a letter or digit, then up to 63 letters, digits, _ or -", code: 64)
        }
        return JobID(JobID.oncePrefix + bare)
    }

    private func check(_ request: OnceRequest) throws(ControlRefusal) {
        if let publication = request.publication { return try check(publication, request) }
        guard request.command.utf8.contains(where: { $0 > 32 }), !request.command.utf8.contains(0) else {
            throw ControlRefusal("a command is missing", code: 64)
        }
        if let directory = request.directory, directory.utf8.first != UInt8(ascii: "/") || directory.utf8.contains(0) {
            throw ControlRefusal("--cwd \(directory): expected a path that begins with /", code: 64)
        }
        if let wrong = request.variables.first(where: { !OnceJob.isVariable($0) }) {
            throw ControlRefusal("--env \(wrong.name): a variable's name has letters, digits and _, and begins with no digit", code: 64)
        }
    }

    private func check(_ publication: Publication, _ request: OnceRequest) throws(ControlRefusal) {
        guard parts.hasBroker else {
            throw ControlRefusal(
                "this service has no broker to publish to: start it with --amqp URL, CROND_AMQP or CROND_AMQP_FILE", code: 69)
        }
        for name in [publication.exchange, publication.key].compactMap(\.self) where name.utf8.count > 255 || name.utf8.contains(0) {
            throw ControlRefusal("an exchange's name and a routing key have at most 255 bytes", code: 65)
        }
        guard publication.exchange != nil || publication.key != nil else {
            throw ControlRefusal("the default exchange takes the name of a queue as its key", code: 64)
        }
        if request.user != nil || request.directory != nil || !request.variables.isEmpty {
            throw ControlRefusal("--user, --cwd and --env belong to a command, and this publishes", code: 64)
        }
    }

    /// Never anybody else in place of who was asked for.
    private func checkUser(_ user: String?, _ asker: Asker) async throws(ControlRefusal) {
        guard let user else { return }
        await parts.users.resolve([user])
        switch parts.users.entry(user) {
        case .known where isOwn(user): return
        case .known: break
        case .unknown: throw ControlRefusal("--user \(user): there is no such user here", code: 67)
        case .unresolved: throw ControlRefusal("--user \(user): the user database does not answer", code: 75)
        }
        guard asker.uid == 0 else {
            throw ControlRefusal("--user \(user): only root may have something run as another user; you are uid \(asker.uid)", code: 77)
        }
        guard parts.canSwitchUser else {
            throw ControlRefusal(
                "--user \(user): this service cannot become another user; it is uid \(geteuid()), and must be root for that", code: 77)
        }
    }

    // MARK: Which there are

    func list() async throws(ControlRefusal) -> [OnceSnapshot] {
        if parts.ledger.shared != nil {
            do throws(StoreError) { try await look() } catch { throw ControlRefusal(error) }
        }
        var snapshots: [OnceSnapshot] = []
        for entry in book.entries.values.sorted(by: { ($0.kept.job.time, $0.kept.job.id) < ($1.kept.job.time, $1.kept.job.id) }) {
            var refusal: String?
            switch entry.state {
            case .here: break
            case .elsewhere(let why): refusal = why
            case .refused(let why): refusal = why.rawValue
            }
            snapshots.append(await snapshot(entry.kept.job, refusal: refusal))
        }
        return snapshots
    }

    private func snapshot(_ job: OnceJob, refusal: String?) async -> OnceSnapshot {
        var user = job.user
        if user == nil {
            let number = "\(job.owner)"
            await parts.users.resolve([number])
            user = parts.users.cached(number)?.name ?? number
        }
        var snapshot = OnceSnapshot(job, user: user ?? "")
        snapshot.host = trust.staysHere ? job.by.host : nil
        snapshot.isShared = trust.isShared
        snapshot.startBy = parts.policies.grace.map { (WallTime(job.time) + $0).instant }
        snapshot.refusal = refusal
        return snapshot
    }

    // MARK: One less

    /// Cancels all these or, where one is not there, none.
    func cancel(_ names: [JobID], for asker: Asker) async throws(ControlRefusal) -> [JobID] {
        await lock.take()
        defer { lock.give() }
        let ids = Set(names.map { $0.isOnce ? $0 : JobID("\(JobID.oncePrefix)\($0)") }).sorted()
        do {
            if parts.ledger.shared != nil { try await lookLocked() }
            for id in ids where try await parts.store.storedJob(id) == nil { throw try await missing(id) }
        } catch let refusal as ControlRefusal {
            throw refusal
        } catch let error as StoreError {
            throw ControlRefusal(error)
        } catch {
            throw ControlRefusal("\(error)")
        }
        for id in ids { try await cancel(id, asker) }
        return ids
    }

    private func cancel(_ id: JobID, _ asker: Asker) async throws(ControlRefusal) {
        let kept = book.entries[id]?.kept
        do {
            if let kept, let record = try await parts.ledger.record(of: id, at: kept.job.time) {
                guard record.outcome != nil else {
                    throw ControlRefusal("\(id) is running: crond cancel \(record.run) ends it", code: 75)
                }
                // It has ended a moment ago, and only its entry is still there.
                try await forget(kept)
                throw try await missing(id)
            }
            // Out of the store first: a claim that comes later finds it gone.
            guard try await parts.store.removeStoredJob(id, revision: kept?.revision) else { throw try await missing(id) }
            await drop(id)
            if let kept { withdraw(kept) }
            if let kept, let record = try await parts.ledger.record(of: id, at: kept.job.time) {
                guard record.outcome == nil else { throw try await missing(id) }
                throw ControlRefusal(
                    "\(id) has just started, and runs: crond cancel \(record.run) ends it", code: 75)
            }
        } catch let refusal as ControlRefusal {
            throw refusal
        } catch let error as StoreError {
            throw ControlRefusal(error)
        } catch {
            throw ControlRefusal("\(error)")
        }
        if let kept { tell("a job that runs once was cancelled", .onceCancelled, kept.job, asker) }
    }

    /// Why there is nothing to cancel.
    private func missing(_ id: JobID) async throws(StoreError) -> ControlRefusal {
        if let record = try await parts.ledger.history(of: id, limit: 1).first {
            let outcome = record.outcome.map { "it ended \($0)" } ?? "it is running"
            return ControlRefusal("\(id) is not pending: \(outcome), run \(record.run)", code: 66)
        }
        let near = Spelling.nearest(to: "\(id)", among: book.entries.keys.map(\.description)).first
        let hint = near.map { " (did you mean \($0)?)" } ?? ": crond at --list shows which there are"
        return ControlRefusal("there is no \(id)\(hint)", code: 66)
    }

    private func tell(_ message: String, _ kind: ControlEvent.Kind, _ job: OnceJob, _ asker: Asker) {
        parts.log.info(
            message, .text("job", "\(job.id)"), .text("at", job.time.rfc3339(in: zone)), .text("user", job.user ?? "-"),
            .text("by", "\(asker)"))
        var event = ControlEvent(kind, at: parts.clocks.wall, job: job.id)
        (event.by, event.due) = (asker, WallTime(job.time))
        parts.events.publish(event)
    }
}
