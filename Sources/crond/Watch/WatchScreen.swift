internal import CronExpressions
internal import CronJobs

// State and size give lines: nothing here knows a terminal. No line is wider than the screen and there are no more than it has, from one cell up.
//
//     header          always
//     warning         where there is one
//     RUNNING         each section has its title, and of the rows that are left its share; what one does not need goes to the others
//     NEXT
//     LAST FAILURES
//     q quits         where there is plenty of room

/// What a watching person sees.
struct WatchScreen {
    struct Line: Hashable {
        var text: String
        var tone: Tone
    }

    private struct Section {
        var title: String
        /// What is said behind the title where there are no rows.
        var none: String
        var rows: [Line]
    }

    /// With a line about keys from this height on.
    private static let roomy = 14

    let state: WatchState
    let clock: ClockText
    let now: WallTime

    /// - Parameter now: by this machine's clock; what is shown goes by the service's.
    init(_ state: WatchState, zone: Zone, now: WallTime) {
        let now = now + (state.service?.clockDifference ?? .zero)
        self.state = state
        self.now = now
        clock = ClockText(zone: zone, now: now.instant)
    }

    func lines(width: Int, height: Int) -> [Line] {
        guard width > 0, height > 0 else { return [] }
        var head = [Line(text: header(width), tone: .bold)]
        if let warning { head.append(Line(text: warning, tone: .warning)) }
        let foot = height >= Self.roomy ? [Line(text: "q quits", tone: .dim)] : []
        let body = sections(height: height - head.count - foot.count, width)
        let filling = foot.isEmpty ? 0 : max(0, height - head.count - foot.count - body.count)
        let lines = head + body + [Line](repeating: Line(text: "", tone: .plain), count: filling) + foot
        return lines.prefix(height).map { Line(text: TextWidth.cut($0.text, to: width), tone: $0.tone) }
    }

    // MARK: Above

    /// Name and time, and as many of the numbers as fit.
    private func header(_ width: Int) -> String {
        var text = "crond \(state.service?.name ?? "")  \(clock.ofDay(now.instant)) \(clock.abbreviation(now.instant))"
        guard let service = state.service else { return text }
        var numbers = ["\(service.running.count) running", Count.of(service.jobs, "job")]
        if !service.paused.isEmpty { numbers.append("\(service.paused.count) paused") }
        if !service.staleJobs.isEmpty { numbers.append("\(service.staleJobs.count) stale") }
        if state.lost > 0 { numbers.append("\(state.lost) events lost") }
        for number in numbers where TextWidth.of(text) + 2 + TextWidth.of(number) <= width { text += "  \(number)" }
        return text
    }

    private var warning: String? {
        if let fault = state.fault { return fault }
        if state.isEnding { return "the service ends" }
        guard let reasons = state.service?.degraded, let first = reasons.first else { return nil }
        return "degraded: \(first)" + (reasons.count > 1 ? " (and \(reasons.count - 1) more)" : "")
    }

    // MARK: Sections

    private func sections(height: Int, _ width: Int) -> [Line] {
        let sections = [running, next, failures]
        var lines: [Line] = []
        for (section, share) in zip(sections, Self.shares(of: height - sections.count, among: sections.map(\.rows.count))) {
            let isEmpty = section.rows.isEmpty
            lines.append(Line(text: isEmpty ? "\(section.title)  \(section.none)" : section.title, tone: .bold))
            lines += section.rows.prefix(share)
        }
        return lines
    }

    /// What each gets of so many rows: what it wants, or as much as the others.
    static func shares(of rows: Int, among wanted: [Int]) -> [Int] {
        var shares = wanted.map { _ in 0 }, left = max(0, rows)
        while left > 0 {
            let hungry = wanted.indices.filter { shares[$0] < wanted[$0] }
            guard !hungry.isEmpty else { break }
            let fair = max(1, left / hungry.count)
            for index in hungry where left > 0 {
                let more = min(wanted[index] - shares[index], fair, left)
                shares[index] += more
                left -= more
            }
        }
        return shares
    }

    /// Those that go on for the longest first.
    private var running: Section {
        let runs = state.running.map { (run: $0, start: state.start(of: $0)) }
            .sorted { ($0.start ?? now, $0.run.description) < ($1.start ?? now, $1.run.description) }
        let rows = runs.prefix(500).map { run, start in
            Line(text: "\(Self.right(start.map { SpanText.rough(max(.zero, now - $0)) } ?? "-", 8))  \(run)", tone: .plain)
        }
        return Section(title: runs.isEmpty ? "RUNNING" : "RUNNING \(runs.count)", none: "nothing", rows: rows)
    }

    private var next: Section {
        let rows = state.jobs.compactMap { job -> Line? in
            guard let next = job.next else { return nil }
            let isPaused = job.states.contains(.paused)
            let states = isPaused ? "  paused" : job.states.contains(.stale) ? "  stale" : ""
            let host = job.host.map { "  (\(VisibleText.shown($0)))" } ?? ""
            let text = "\(Self.right(clock.relative(next), 8))  \(job.id.withoutHost)  \(clock.near(next))\(host)\(states)"
            return Line(text: text, tone: isPaused ? .dim : .plain)
        }
        return Section(title: "NEXT", none: "nothing", rows: rows)
    }

    private var failures: Section {
        let rows = state.failures.map { failure in
            let subject = failure.run.map { "\($0.job)  " } ?? "",
                attempt = failure.attempt.flatMap { $0 > 1 ? "  attempt \($0)" : nil } ?? ""
            return Line(
                text: "\(Self.right(clock.near(failure.at.instant), 8))  \(subject)\(VisibleText.shown(failure.text))\(attempt)", tone: .bad
            )
        }
        return Section(title: "LAST FAILURES", none: "none", rows: rows)
    }

    private static func right(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - TextWidth.of(text))) + text
    }
}
