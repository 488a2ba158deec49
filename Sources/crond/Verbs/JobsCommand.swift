internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List the jobs: when they run, where they stand, what became of them last.",
        discussion: "Example: crond jobs backup --state paused --sort next")

    enum State: String, ExpressibleByArgument, CaseIterable { case running, paused, stale, idle }

    enum Order: String, ExpressibleByArgument, CaseIterable { case name, next, last, late }

    @Argument(help: "Words that a job's name, place or schedule must have in it.")
    var words: [String] = []

    @Option(help: "running, paused, stale or idle; may be given several times.")
    var state: [State] = []

    @Option(help: "name, next, last (the latest run first) or late (the latest start first).")
    var sort = Order.name

    @Flag(help: "The other way round.")
    var reverse = false

    @Option(parsing: .unconditional, help: "At most so many. On a terminal 200.")
    var limit: NumberText?

    @Flag(help: "All of them, also on a terminal.")
    var all = false

    @Flag(help: "Show commands, and look for words in them, too.")
    var commands = false

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var shown: ShownZone
    @OptionGroup var appearance: Appearance

    func validate() throws {
        try limit?.check("--limit", 1...JobQuery.mostItems)
        guard limit == nil || !all else { throw ValidationError("--limit and --all: only one of them is possible") }
    }

    private var query: JobQuery {
        var query = JobQuery()
        query.words = words
        query.states = Set(state.compactMap { JobSnapshot.State(rawValue: $0.rawValue) })
        query.order = JobQuery.Order(rawValue: sort.rawValue) ?? .name
        query.showsCommands = commands
        query.page.isBackwards = reverse
        query.page.limit = limit?.value ?? (all || Terminal.width == nil ? JobQuery.mostItems : 200)
        return query
    }

    func run() {
        if json { return writeJSON() }
        let clock = shown.clockAhead(by: service.clockDifference)
        var table = JobRow.table(clock: clock, commands: commands)
        let end = service.answer(query) { table.add(JobRow($0, clock).cells) }
        if !table.isEmpty { table.show(appearance) }
        Output.line(summary(end, clock))
    }

    /// Once all is there: whoever reads it in his own time holds the service up no longer.
    private func writeJSON() {
        var lines: [UInt8] = []
        _ = service.answer(query) { job in
            job.writeJSON(to: &lines)
            lines.append(UInt8(ascii: "\n"))
        }
        Output.write(lines)
    }

    private func summary(_ end: ControlEnd, _ clock: ClockText) -> String {
        let total = end.total ?? end.count
        let isFiltered = !words.isEmpty || !state.isEmpty
        if total == 0 { return isFiltered ? "No job is like that." : "The table has no jobs." }
        let states = ["running", "paused", "stale"].compactMap { state in end.states?[state].map { "\($0) \(state)" } }
        var text = ([Count.of(total, "job")] + states).joined(separator: ", ") + ". "
        if end.count < total { text += "The first \(end.count) are shown; --all shows all. " }
        return text + clock.note
    }
}

/// A job on a line.
struct JobRow {
    let job: JobSnapshot
    let clock: ClockText

    init(_ job: JobSnapshot, _ clock: ClockText) {
        self.job = job
        self.clock = clock
    }

    static func table(clock: ClockText, commands: Bool) -> TextTable {
        TextTable(
            [
                .init("NAME", least: 10), .init("SCHEDULE", least: 8, goes: 3), .init("WHERE", least: 9, keepsEnd: true, goes: 4),
                .init("NEXT", least: 10), .init("LAST", least: 8), .init("", goes: 1), .init("LATE", least: 8, goes: 2),
            ] + (commands ? [.init("COMMAND", least: 10)] : []))
    }

    var cells: [TextTable.Cell] {
        let (outcome, when) = last
        return [
            .init("\(job.id)"), .init(job.schedule ?? "-"), .init((job.place ?? "-") + Self.host(job.host)), .init(next), outcome,
            .init(when), late,
            .init(job.command ?? ""),
        ]
    }

    private static func host(_ name: String?) -> String { name.map { " (\($0))" } ?? "" }

    private var next: String {
        guard let next = job.due ?? job.next else { return job.schedule == "@reboot" ? "at the next start" : "never" }
        // What comes within a minute and a half needs no distance.
        let distance = next - clock.now
        return clock.near(next) + (distance > 90 ? " (\(clock.relative(next)))" : "")
    }

    private var last: (TextTable.Cell, String) {
        guard let last = job.last else { return (.init(job.pause == nil ? "-" : "paused", job.pause == nil ? .dim : .warning), "") }
        guard let outcome = last.outcome else {
            let length = last.startedAt.map { " " + SpanText.rough(.seconds(clock.now - $0.instant)) } ?? ""
            return (.init("running\(length)\(Self.host(last.host))", .notice), clock.near(last.at))
        }
        let text = outcome == .skipped(.paused) ? "paused" : "\(outcome)"
        return (.init(text, outcome.tone), clock.near(last.at))
    }

    private var late: TextTable.Cell {
        if job.states.contains(.stale) {
            let line = job.place.flatMap { $0.split(separator: ":").last }.map { "stale: line \($0) is bad" } ?? "stale"
            return .init(line, .warning)
        }
        guard let lateness = job.last?.latenessMs else { return .init("-", .dim) }
        return .init(SpanText.seconds(.milliseconds(max(0, lateness))), lateness > 5000 ? .warning : .plain)
    }
}

extension Outcome {
    var tone: Tone {
        switch self {
        case .succeeded: .good
        case .skipped, .missed, .unconfirmed, .unknownAdopted, .cancelled: .warning
        default: .bad
        }
    }
}
