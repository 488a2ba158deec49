internal import CronExpressions
internal import CronJobs

/// What is known of a service that somebody watches: what it answered last, and what it told since.
struct WatchState {
    struct Failure: Hashable {
        var at: WallTime
        var run: RunID?
        var attempt: Int?
        var text: String
    }

    static let mostFailures = 200

    var service: ServiceSnapshot?
    /// By their next fire time, as many as a screen shows.
    var jobs: [JobSnapshot] = []
    /// Since when runs go on, as far as it was told.
    private(set) var starts: [RunID: WallTime] = [:]
    /// Newest first.
    private(set) var failures: [Failure] = []
    /// Events that this program was too slow for.
    private(set) var lost = 0
    /// The service said that it ends.
    private(set) var isEnding = false
    /// Why what is shown may be old.
    var fault: String?

    mutating func take(_ event: ControlEvent) {
        switch event.kind {
        case .started: if let run = event.run { starts[run] = event.at }
        case .ending: isEnding = true
        case .finished, .skipped, .missed, .unconfirmed:
            if event.kind == .finished, let run = event.run { starts[run] = nil }
            guard event.kind != .skipped, event.outcome?.isFailure ?? (event.kind != .finished) else { return }
            add(Failure(at: event.at, run: event.run, attempt: event.attempt, text: event.outcome?.description ?? event.kind.rawValue))
        case .storeFailed: add(Failure(at: event.at, text: "store: \(event.reason ?? "it fails")"))
        default: break
        }
    }

    mutating func lose(_ count: Int) { lost += count }

    /// What was recorded before anybody watched.
    mutating func take(_ run: RunSnapshot) {
        if run.outcome == nil { starts[run.run] = starts[run.run] ?? run.startedAt ?? run.claimedAt }
        guard let outcome = run.outcome, outcome.isFailure else { return }
        add(Failure(at: run.finishedAt ?? run.claimedAt, run: run.run, attempt: run.attempt, text: outcome.description))
    }

    mutating func take(_ service: ServiceSnapshot) {
        self.service = service
        let running = Set(running)
        starts = starts.filter { running.contains($0.key) }
    }

    var running: [RunID] { (service?.running ?? []).compactMap { RunID($0) } }

    /// Since when a run goes on: at the latest since its fire time, if nothing told.
    func start(of run: RunID) -> WallTime? {
        if let start = starts[run] { return start }
        switch run.occasion {
        case .scheduled(let instant), .manual(let instant, _): return WallTime(instant)
        case .startup: return nil
        }
    }

    /// Once, in its place: the record and the event tell of the same.
    private mutating func add(_ failure: Failure) {
        guard failure.run == nil || !failures.contains(where: { $0.run == failure.run && $0.attempt == failure.attempt }) else { return }
        failures.insert(failure, at: failures.firstIndex { $0.at <= failure.at } ?? failures.endIndex)
        if failures.count > Self.mostFailures { failures.removeLast() }
    }
}

extension Outcome {
    /// Somebody should look: it did not end well, and nobody asked for that.
    var isFailure: Bool {
        switch self {
        case .succeeded, .cancelled, .replaced, .skipped, .unknownAdopted: false
        case .failed, .timedOut, .missed, .interrupted, .launchFailed, .undelivered, .unconfirmed: true
        }
    }
}
