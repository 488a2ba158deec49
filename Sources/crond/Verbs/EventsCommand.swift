internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs

struct EventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Show what happened last in the running service; with -f, what happens.",
        discussion: """
            The service keeps its last \(EventHub.mostKept) events in memory. `gap(n)` stands for n events that this program was too slow for. \
            With -f it ends with the service: exit code 0 where that ended in order, else 69, also where it does not answer for 20 s.
            """)

    @Argument(help: "Only what is about these jobs.", completion: NameCompletion.jobs)
    var jobs: [String] = []

    @Flag(name: .shortAndLong, help: "Go on with what happens from now on.")
    var follow = false

    @Option(
        name: .shortAndLong, parsing: .unconditional, help: "How many of the last events at most. Default: all that are kept; with -f 10.",
        completion: .list(["10", "100"]))
    var number: NumberText?

    @Option(
        name: .customLong("kind"), help: "Only these kinds, with commas between: \(Self.kindNames).",
        completion: .list(ControlEvent.Kind.allCases.map(\.rawValue)))
    var kinds: [String] = []

    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var shown: ShownZone
    @OptionGroup var appearance: Appearance

    private static var kindNames: String { ControlEvent.Kind.allCases.map(\.rawValue).joined(separator: ", ") }

    func validate() throws {
        try number?.check("--number", 0...EventHub.mostKept)
        _ = try filter()
    }

    private func filter() throws -> EventFilter {
        var filter = EventFilter()
        filter.jobs = Set(jobs.map { JobID($0) })
        for word in kinds.flatMap({ $0.split(separator: ",") }) {
            guard let kind = ControlEvent.Kind(rawValue: String(word)) else {
                throw ValidationError("--kind \(word): expected \(Self.kindNames)")
            }
            filter.kinds.insert(kind)
        }
        return filter
    }

    func run() throws {
        let query = EventQuery(try filter(), recent: number?.value ?? (follow ? 10 : EventHub.mostKept), follows: follow)
        let zone = shown.clock.zone
        guard follow else {
            for part in service.askRunning(.events(query)) { show(part, zone) }
            return
        }
        var isEnding = false
        _ = service.follow(.events(query)) { part in
            if case .event(let event) = part, event.kind == .ending { isEnding = true }
            show(part, zone)
        }
        guard isEnding else {
            Output.fail(69, "the service broke off: it was killed, or this program took nothing for too long")
        }
        Output.error("crond: the service has ended")
    }

    private func show(_ part: ControlPart, _ zone: Zone) {
        switch part {
        case .event(let event):
            let line = json ? JSONText.of(event) : EventText(event.visible, zone: zone, isColored: appearance.color.isOn()).line
            Output.write(Array(line.utf8) + [10])
        case .gap(let count):
            Output.line(json ? "{\"gap\":\(count)}" : "gap(\(count))  \(Count.of(count, "event")) lost: this program is too slow for them")
        default: break
        }
    }
}
