internal import CronJobs
internal import CronProcesses
internal import LinuxEvents

/// What a run writes, as it comes, until the attempt has ended: from here at once, from another node as it hands it out.
///
/// It looks again a little later rather than being told: what a job writes at 1 GB/s is taken ten times a second, and what came between is missing.
final class OutputFeed: ControlFeed {
    private static let lookHere = Duration.milliseconds(100), lookElsewhere = Duration.seconds(1)
    /// The other node forgets who asked some seconds ago.
    private static let looksUntilAsked = 4

    private let answers: RunAnswers
    private let found: RunAnswers.Found
    private let state = Locked((seen: Int64(0), isOver: false, looks: 0))

    init(_ answers: RunAnswers, _ found: RunAnswers.Found) {
        self.answers = answers
        self.found = found
    }

    func end() { state.withLock { $0.isOver = true } }

    func next() async -> [ControlPart]? {
        while !state.withLock({ $0.isOver }) {
            let (parts, isLast) = await look()
            if isLast {
                end()
                return parts + [.end(ControlEnd(count: parts.count, total: parts.count))]
            }
            if !parts.isEmpty { return parts }
            try? await SharedPool.wait(for: isHere ? Self.lookHere : Self.lookElsewhere)
        }
        return nil
    }

    private var isHere: Bool { if case .here = found.source { true } else { false } }

    private func look() async -> (parts: [ControlPart], isLast: Bool) {
        switch found.source {
        case .nothing: return ([], true)
        case .stored(let excerpt, _): return (new(excerpt), true)
        case .here(let output):
            // In this order: what comes between the two is looked at again.
            let isEnded = output.isEnded
            return (output.total > state.withLock { $0.seen } ? new(output.excerpt) : [], isEnded)
        case .elsewhere(let shared): return await look(shared)
        }
    }

    /// A store that does not answer is asked again.
    private func look(_ shared: any SharedOutputStore) async -> (parts: [ControlPart], isLast: Bool) {
        let looks = state.withLock { state in
            defer { state.looks += 1 }
            return state.looks
        }
        if looks % Self.looksUntilAsked == 0 { try? await shared.askForOutput(of: found.run, attempt: found.attempt) }
        guard let attempts = try? await answers.ledger.history(of: found.run.job, limit: 64) else { return ([], false) }
        let record = attempts.first { $0.run == found.run && $0.attempt == found.attempt }
        if let record, record.outcome == nil {
            let excerpt = try? await shared.sharedOutput(of: found.run, attempt: found.attempt)
            return (excerpt.map(new) ?? [], false)
        }
        // Its output is written after the outcome.
        try? await SharedPool.wait(for: Self.lookElsewhere)
        guard let record, case .stored(let excerpt, let isEndOnly)? = try? await answers.source(record) else { return ([], true) }
        let hasSeen = state.withLock { $0.seen > 0 }
        return (isEndOnly && hasSeen ? [] : new(excerpt), true)
    }

    private func new(_ excerpt: OutputExcerpt) -> [ControlPart] {
        state.withLock { excerpt.pieces(after: &$0.seen, of: found.run, attempt: found.attempt).map(ControlPart.output) }
    }
}
