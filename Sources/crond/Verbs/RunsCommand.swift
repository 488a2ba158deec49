internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List runs, the newest first: what became of each, how long it took, how late it was.",
        discussion: """
            Of all jobs, or of those that are named. Through the running service or, where none runs, from the store.
            Example: crond runs nightly-backup --since yesterday --outcome failed,timedOut
            """)

    @Argument(help: "Names of jobs.", completion: NameCompletion.jobs)
    var jobs: [String] = []

    @Option(parsing: .unconditional, help: "Only runs from then on: 14:30, yesterday, 'Mon 9:00', 2h, an RFC 3339 time.")
    var since: String?

    @Option(help: "Only runs with this outcome, or one of several with commas between; running is for those without one.")
    var outcome: String?

    @Option(parsing: .unconditional, help: "At most so many.")
    var limit: NumberText = 50

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var place: StoreAddress
    @OptionGroup var shown: ShownZone
    @OptionGroup var appearance: Appearance

    func validate() throws {
        try limit.check("--limit", 1...1_000_000)
        for word in outcomes where word != "running" && !Outcome.words.contains(word) {
            let near = Spelling.nearest(to: word, among: Outcome.words + ["running"]).first.map { " (did you mean \($0)?)" } ?? ""
            throw ValidationError("--outcome \(word): expected running, \(Outcome.words.joined(separator: ", "))\(near)")
        }
    }

    private var outcomes: [String] { outcome?.split(separator: ",").map(String.init) ?? [] }

    func run() {
        let clock = shown.clockAhead(by: service.clockDifference)
        var query = RunQuery()
        query.jobs = Set(jobs.map { JobID($0) })
        query.since = since.map { WallTime(clock.past($0, option: "--since ")) }
        query.outcomes = Set(outcomes).subtracting(["running"])
        if outcomes.contains("running") {
            guard query.outcomes.isEmpty else { Output.fail(64, "--outcome: running goes with no other") }
            query.isOpen = true
        }
        show(query, clock)
    }

    private func show(_ first: RunQuery, _ clock: ClockText) {
        var query = first, table = RunRow.table, left = limit.value, hasMore = false
        while left > 0 {
            query.page.limit = min(left, Page.mostItems)
            let answer = service.answer(.runs(query), orFrom: place)
            for case .run(let run) in answer.parts {
                left -= 1
                if json { Output.line(JSONText.of(run)) } else { table.add(RunRow(run, clock).cells) }
            }
            hasMore = answer.end.next != nil
            guard let next = answer.end.next else { break }
            query.page.after = next
        }
        if json { return }
        guard !table.isEmpty else { return Output.line("No run is like that.") }
        table.show(appearance)
        Output.line("\(Count.of(limit.value - left, "run")). " + (hasMore ? "There are more: --limit shows them. " : "") + clock.note)
    }
}

/// A run on a line.
struct RunRow {
    let run: RunSnapshot
    let clock: ClockText

    init(_ run: RunSnapshot, _ clock: ClockText) {
        self.run = run
        self.clock = clock
    }

    static var table: TextTable {
        TextTable([
            .init("RUN", least: 16), .init("TIME", least: 10), .init("OUTCOME", least: 9), .init("TOOK", isRight: true, goes: 1),
            .init("LATE", isRight: true, goes: 2), .init("WHY", least: 6, goes: 3),
        ])
    }

    var cells: [TextTable.Cell] {
        let outcome = run.outcome.map { TextTable.Cell("\($0)", $0.tone) } ?? .init(run.startedAt == nil ? "waiting" : "running", .notice)
        return [.init("\(run.run)"), .init(time), outcome, .init(took), .init(late), .init(why)]
    }

    private var time: String {
        guard let fireTime = run.run.occasion.fireTime else { return clock.near(run.claimedAt.instant) }
        return (run.count > 1 ? "\(clock.near(run.first)) – " : "") + clock.near(fireTime)
    }

    private var took: String {
        guard let start = run.startedAt else { return "-" }
        return SpanText.of((run.finishedAt ?? WallTime(clock.now)) - start)
    }

    private var late: String {
        guard let start = run.startedAt, let fireTime = run.run.occasion.fireTime, run.attempt == 1 else { return "-" }
        return SpanText.seconds(max(.zero, start - WallTime(fireTime)))
    }

    private var why: String {
        run.trigger.rawValue + (run.by.map { " by \($0.name)" } ?? "") + (run.attempt > 1 ? ", attempt \(run.attempt)" : "")
    }
}
