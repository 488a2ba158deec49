internal import CronScheduler
internal import Logging

extension JobEvent {
    /// One line with a constant message; what it is about is in the metadata.
    func log(to logger: Logger) {
        let (level, message) = line
        logger.log(level: level, "\(message)", metadata: metadata)
    }

    private var line: (Logger.Level, String) {
        switch self {
        case .schedulerStarted: (.info, "scheduler started")
        case .schedulerPaused: (.info, "scheduler paused")
        case .schedulerResumed: (.info, "scheduler resumed")
        case .schedulerEnded: (.info, "scheduler ended")
        case .jobAdded: (.debug, "job added")
        case .jobModified: (.debug, "job modified")
        case .jobRescheduled: (.debug, "job rescheduled")
        case .jobRemoved: (.debug, "job removed")
        case .allJobsRemoved: (.info, "all jobs removed")
        case .jobPaused: (.info, "job paused")
        case .jobResumed: (.info, "job resumed")
        case .runStarted: (.debug, "run started")
        case .runSucceeded: (.debug, "run succeeded")
        case .runFailed: (.error, "run failed")
        case .runTimedOut: (.error, "run timed out")
        case .runCancelled: (.notice, "run cancelled")
        case .runWaits: (.debug, "run waits")
        case .retryScheduled: (.notice, "run is tried again")
        case .missed: (.warning, "fire times missed")
        case .skipped: (.notice, "fire times skipped")
        case .storeFailed: (.error, "the store fails")
        case .storeRecovered: (.notice, "the store works again")
        case .clockJumped: (.warning, "the clock was set")
        case .gap: (.warning, "events were lost")
        }
    }

    private var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [:]
        if let job { metadata["job"] = "\(job)" }
        switch self {
        case .runStarted(let run), .runSucceeded(let run), .runFailed(let run), .runTimedOut(let run), .runCancelled(let run),
            .runWaits(let run):
            metadata["run"] = "\(run.run)"
            metadata["attempt"] = "\(run.attempt)"
            metadata["scheduled"] = "\(run.scheduledAt.rfc3339UTC())"
            if let outcome = run.outcome { metadata["outcome"] = "\(outcome)" }
            if let reason = run.reason { metadata["reason"] = "\(reason)" }
            if let duration = run.duration { metadata["duration_ms"] = "\(duration.wholeMilliseconds)" }
        case .missed(_, let times, let reason):
            metadata["count"] = "\(times.count)"
            metadata["reason"] = "\(reason.rawValue)"
        case .skipped(_, let times, let reason):
            metadata["count"] = "\(times.count)"
            metadata["reason"] = "\(reason.rawValue)"
        case .retryScheduled(let run, let attempt, _):
            metadata["run"] = "\(run)"
            metadata["attempt"] = "\(attempt)"
        case .jobRemoved(_, let reason): metadata["reason"] = "\(reason.rawValue)"
        case .storeFailed(let reason): metadata["reason"] = "\(reason)"
        case .storeRecovered(let length): metadata["after_ms"] = "\(length.wholeMilliseconds)"
        case .clockJumped(let jump): metadata["by_ms"] = "\(jump.wholeMilliseconds)"
        case .gap(let count), .allJobsRemoved(let count): metadata["count"] = "\(count)"
        default: break
        }
        return metadata
    }
}
