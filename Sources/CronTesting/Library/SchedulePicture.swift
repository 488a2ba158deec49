internal import CronExpressions
internal import CronJobs
internal import CronScheduler

/// What happened on a stage, on one line: each time once, then what was then.
enum SchedulePicture {
    private static let most = 200

    static func line(_ moments: [Rehearsal.Moment]) -> String {
        var parts: [String] = [], last: WallTime?
        let severalSchedulers = Set(moments.map(\.scheduler)).count > 1
        for moment in moments.suffix(most) {
            guard let word = word(moment.event) else { continue }
            let name = severalSchedulers ? moment.scheduler + ":" : ""
            if moment.at != last { parts.append(clock(moment.at)) }
            last = moment.at
            parts.append(name + word)
        }
        return (moments.count > most ? "… " : "") + parts.joined(separator: " ")
    }

    private static func clock(_ time: WallTime) -> String {
        let text = time.instant.rfc3339UTC()
        return "\(text.dropFirst(5).prefix(5))T\(text.dropFirst(11).prefix(8))"
    }

    private static func word(_ event: JobEvent) -> String? {
        switch event {
        case .jobAdded(let id): "+\(id)"
        case .jobModified(let id): "~\(id)"
        case .jobRescheduled(let id): "↻\(id)"
        case .jobRemoved(let id, _): "-\(id)"
        case .jobPaused(let id, _): "‖\(id)"
        case .jobResumed(let id): "▷\(id)"
        case .runStarted(let run): "▶\(run.job)"
        case .runSucceeded(let run): "✓\(run.job)"
        case .runFailed(let run): "✗\(run.job)(\(run.reason ?? run.outcome.map { "\($0)" } ?? ""))"
        case .runTimedOut(let run): "⧖\(run.job)"
        case .runCancelled(let run): "◼\(run.job)"
        case .missed(let id, let times, _): "·\(id)×\(times.count)"
        case .skipped(let id, let times, let reason): "–\(id)×\(times.count)(\(reason.rawValue))"
        case .clockJumped(let jump): "clock\(jump < .zero ? "" : "+")\(jump.wholeSeconds)s"
        case .schedulerEnded: "⏹"
        case .storeFailed: "store✗"
        case .storeRecovered: "store✓"
        default: nil
        }
    }
}
