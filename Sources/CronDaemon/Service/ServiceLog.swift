internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronEngine

/// Turns the scheduler's events into log lines: constant messages, data in fields.
struct ServiceLog: SchedulerObserver {
    let log: Log
    let store: StorePlace
    /// Other nodes use the ledger, too: that they decide most fire times is no news.
    var isShared = false

    func observe(_ event: SchedulerEvent) {
        switch event {
        case .started(let attempt, let start): started(attempt, start)
        case .finished(let attempt, let finish): finished(attempt, finish)
        case .overtaken(let attempt, let finish): overtaken(attempt, finish)
        case .missed(let job, let range):
            log.warning(
                "fire times missed", .text("job", "\(job)"), .number("count", Int64(range.count)), .text("first", range.first.rfc3339UTC()),
                .text("last", range.last.rfc3339UTC()))
        case .skipped(let job, let range, let reason):
            // That runs overlap is told once, when it begins.
            log.record(
                reason == .overlap ? .debug : .info, "run skipped",
                [.text("job", "\(job)"), .text("scheduled", range.last.rfc3339UTC()), .text("reason", reason.rawValue)])
        case .runAsked, .cancelAsked, .waits, .overlapBegan, .overlapEnded, .loadUnknown, .handedOver: observeSteering(event)
        case .taken(let run):
            log.record(isShared ? .debug : .info, "already decided", [.text("job", "\(run.job)"), .text("run", "\(run)")])
        case .unconfirmed(let run):
            log.warning("not started: too few replicas of the store have the claim", .text("job", "\(run.job)"), .text("run", "\(run)"))
        case .retryScheduled(let run, let number, let due):
            log.info(
                "run will be tried again", .text("job", "\(run.job)"), .text("run", "\(run)"), .number("attempt", Int64(number)),
                .text("at", due.instant.rfc3339UTC()))
        case .retryTooLate(let run, let number):
            log.warning(
                "run is not tried again: its grace is over", .text("job", "\(run.job)"), .text("run", "\(run)"),
                .number("attempt", Int64(number)))
        case .startedFromMemory, .decisionsLost, .alsoElsewhere, .storeFailed, .storeStillFails, .storeRecovered, .storeInQuarantine,
            .leasesLost, .clockJumped, .clocksDiffer, .rewound:
            observeStore(event)
        }
    }

    /// How the store and the clocks are.
    private func observeStore(_ event: SchedulerEvent) {
        switch event {
        case .startedFromMemory(let runs):
            for run in runs {
                log.warning("starting from memory while the store fails", .text("job", "\(run.job)"), .text("run", "\(run)"))
            }
        case .decisionsLost(let count):
            log.error("decisions made without the store are not entered: it still fails", .number("count", Int64(count)))
        case .alsoElsewhere(let run):
            log.warning(
                "started from memory here, and decided by another node, too", .text("job", "\(run.job)"), .text("run", "\(run)"))
        case .storeFailed(let error, let jobsWait):
            log.error(
                jobsWait ? "the store failed; jobs wait until it works" : "the store refused something; jobs go on",
                .text("reason", error.message), .text("remedy", remedy(error)))
        case .storeStillFails(let error, let length, let jobsWait):
            log.error(
                jobsWait ? "the store still fails; jobs wait until it works" : "the store still refuses something; jobs go on",
                .text("reason", error.message),
                .text("remedy", remedy(error)), .number("for_ms", length.wholeMilliseconds))
        case .storeRecovered(let length): log.info("the store works again", .number("after_ms", length.wholeMilliseconds))
        case .leasesLost(let runs):
            log.warning(
                "runs whose lease was lost: another node may have taken them over", .number("count", Int64(runs.count)),
                .text("runs", runs.prefix(10).map(\.description).joined(separator: " ")))
        case .clockJumped(let jump, let resumes): clockJumped(jump, resumes)
        case .clocksDiffer(let difference):
            log.warning(
                "this machine's clock and the store's differ: jobs go by the store's",
                .number(difference > .zero ? "store_ahead_ms" : "store_behind_ms", abs(difference.wholeMilliseconds)))
        case .storeInQuarantine(let length):
            log.info(
                "the store is new, came back or was silent: it decides nothing until its services have told it what they remember",
                .number("for_ms", length.wholeMilliseconds))
        case .rewound(let jobs):
            log.warning("watermarks lay in the future and were set back", .number("jobs", Int64(jobs.count)))
        default: break
        }
    }

    /// What somebody asked for, and what keeps runs from starting.
    private func observeSteering(_ event: SchedulerEvent) {
        switch event {
        case .runAsked(let run, let by, let isForced):
            log.info(
                "a run was asked for", .text("job", "\(run.job)"), .text("run", "\(run)"), .text("by", by),
                .text("forced", isForced ? "yes" : "no"))
        case .cancelAsked(let run, let by):
            log.info("a run is to end: somebody asked for it", .text("job", "\(run.job)"), .text("run", "\(run)"), .text("by", by))
        case .waits(let attempt, let reason):
            log.record(
                .debug, "run waits", [.text("job", "\(attempt.run.job)"), .text("run", "\(attempt.run)"), .text("for", reason.rawValue)])
        case .overlapBegan(let job, let going):
            log.info("runs overlap: a fire time came while a run was still going", .text("job", "\(job)"), .number("going", Int64(going)))
        case .overlapEnded(let job, let length, let count):
            log.info(
                "runs no longer overlap", .text("job", "\(job)"), .number("after_ms", length.wholeMilliseconds),
                .number("fire_times", Int64(count)))
        case .loadUnknown(let resource):
            log.warning(
                "load gates are open: this system does not tell its pressure", .text("resource", resource.rawValue),
                .text("remedy", "boot a kernel with CONFIG_PSI and without psi=0, or take load-gate away"))
        case .handedOver(let run, let node):
            log.debug("a worker goes on with a run", .text("job", "\(run.job)"), .text("run", "\(run)"), .text("node", node))
        default: break
        }
    }

    private func clockJumped(_ jump: Duration, _ resumes: WallTime?) {
        var fields = [LogRecord.Field.number("by_ms", jump.wholeMilliseconds)]
        // The time is the store's where that counts, and the line's own is not: how long it is helps with both.
        if let resumes {
            fields += [.text("resumes", resumes.instant.rfc3339UTC()), .number("after_ms", max(.zero, .zero - jump).wholeMilliseconds)]
        }
        let whose = isShared ? "the store's clock" : "the wall clock"
        log.record(.warning, resumes == nil ? "\(whose) was set" : "\(whose) was set back: jobs wait until it has caught up", fields)
    }

    private func remedy(_ error: StoreError) -> String {
        let isFile: Bool, place: String
        switch store {
        case .file(let path): (isFile, place) = (true, path)
        case .memory, .server: (isFile, place) = (false, store.description)
        }
        return switch error.code {
        case .full: isFile ? "free space on the volume of \(place)" : "give \(place) more memory"
        case .readOnly:
            isFile ? "mount the volume of \(place) so that the service can write there" : "see why \(place) takes no writes"
        case .corrupt:
            isFile
                ? "start the service again: it sets a damaged store aside; then look at the disk of \(place)"
                : "see what else writes to \(place)"
        case .held: "end whatever else has \(place) open"
        case .quarantined, .overtaken: "wait: it goes on by itself"
        case .refused: "move away what stands at the store's path, or name another with --store"
        case .newerSchema: "run the version of crond that wrote \(place), or a newer one"
        case .wrongType: "move that key away (RENAME), and see what else writes to \(place)"
        case .forbidden: "give our user at \(place) that right (ACL SETUSER; the manual has a line to copy)"
        case .unavailable:
            isFile ? "see that \(place) is there, can be read and written, and that its disk is sound" : "see that \(place) can be reached"
        }
    }

    private func started(_ attempt: Attempt, _ start: Start) {
        guard log.level <= .info, !attempt.isQuiet else { return }
        var fields: [LogRecord.Field] = [.text("job", "\(attempt.run.job)"), .text("run", "\(attempt.run)")]
        if case .scheduled(let fireTime) = attempt.run.occasion {
            fields.append(.text("scheduled", fireTime.rfc3339UTC()))
            fields.append(.number("lateness_ms", (start.at - WallTime(attempt.dueAt)).wholeMilliseconds))
        }
        if attempt.number > 1 { fields.append(.number("attempt", Int64(attempt.number))) }
        if attempt.trigger != .scheduled { fields.append(.text("trigger", attempt.trigger.rawValue)) }
        if attempt.missed > 0 { fields.append(.number("missed", Int64(attempt.missed))) }
        if let process = start.process { fields.append(.number("pid", Int64(process.pid))) }
        log.record(.info, "job started", fields)
    }

    /// What it ended as here is in no record: another word than the outcome's.
    private func overtaken(_ attempt: Attempt, _ finish: Finish) {
        var fields: [LogRecord.Field] = [
            .text("job", "\(attempt.run.job)"), .text("run", "\(attempt.run)"), .text("ended_here", "\(finish.outcome)"),
        ]
        if attempt.number > 1 { fields.append(.number("attempt", Int64(attempt.number))) }
        if let started = finish.startedAt { fields.append(.number("duration_ms", (finish.at - started).wholeMilliseconds)) }
        log.record(.warning, "job ended, but its lease was lost and another host has taken the run over: what that recorded counts", fields)
    }

    private func finished(_ attempt: Attempt, _ finish: Finish) {
        let succeeded = finish.outcome == .succeeded
        if succeeded, attempt.isQuiet { return }
        let level: LogLevel = succeeded ? .info : .warning
        guard log.level <= level else { return }
        var fields: [LogRecord.Field] = [
            .text("job", "\(attempt.run.job)"), .text("run", "\(attempt.run)"), .text("outcome", "\(finish.outcome)"),
        ]
        if attempt.number > 1 { fields.append(.number("attempt", Int64(attempt.number))) }
        switch finish.outcome {
        case .succeeded where attempt.job.command == nil: break
        case .succeeded: fields.append(.number("exit", Int64(finish.exit ?? 0)))
        case .failed(.exit(let code)): fields.append(.number("exit", Int64(code)))
        case .failed(.signal(let number)): fields.append(.number("signal", Int64(number)))
        default: break
        }
        if let reason = finish.reason { fields.append(.text("reason", reason)) }
        if let started = finish.startedAt { fields.append(.number("duration_ms", (finish.at - started).wholeMilliseconds)) }
        if let used = finish.resources {
            fields.append(.number("user_ms", used.userTime.wholeMilliseconds))
            fields.append(.number("system_ms", used.systemTime.wholeMilliseconds))
        }
        log.record(level, "job finished", fields)
    }
}

extension Log {
    func report(_ warning: RunnerWarning) {
        switch warning {
        // Said at load, for the whole table.
        case .userIgnored: break
        case .launchesFail(let reason, let remedy, let count):
            self.warning(warning.message, .text("reason", reason), .number("waiting", Int64(count)), .text("remedy", remedy))
        case .launchesWork(let length): info(warning.message, .number("after_ms", length.wholeMilliseconds))
        case .homeUnavailable, .lateOutputDropped: self.warning(warning.message, .text("subject", warning.subject))
        }
    }
}
