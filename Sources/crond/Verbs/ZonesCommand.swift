internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

struct ZonesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zones",
        abstract: "List the time zones: where each comes from, its offset now, and its next change.",
        discussion: """
            A zone comes from the system's files (TZDIR, else /usr/share/zoneinfo), or, if they do not have it, from the copy inside this program.
            Examples: crond zones Europe/Berlin, crond zones berlin, crond zones 'America/*'
            """)

    @Argument(help: "A name, or part of one (in any case, * for anything). Without it: all zones.")
    var pattern: String?

    @Flag(help: "One JSON object a line.")
    var json = false

    struct Answer: Encodable {
        struct Change: Encodable {
            var at: String
            var offset: String
            var abbreviation: String
        }
        var zone: String
        var source: String
        var offset: String
        var abbreviation: String
        var next: Change?
    }

    func run() throws {
        let zones = Surroundings.zones
        var found = 0
        for name in names(zones) {
            guard let zone = try? zones.zone(named: name), let source = try? zones.source(of: name) else {
                Output.error("crond: \(name): the file of this zone is damaged or no zone file")
                continue
            }
            found += 1
            show(answer(zone, source, at: Surroundings.now))
        }
        if found == 0 { throw ExitCode(65) }
    }

    /// The names asked for; leaves with 64 if there are none.
    private func names(_ zones: ZoneDatabase) -> [String] {
        guard let pattern else { return zones.names() }
        let all = zones.names()
        if all.contains(pattern) { return [pattern] }
        let wanted = NamePattern(pattern)
        let matching = all.filter { wanted.matches($0) }
        if matching.isEmpty { _ = Surroundings.zone(pattern, option: "") }
        return matching.isEmpty ? [pattern] : matching
    }

    private func answer(_ zone: Zone, _ source: ZoneSource, at now: Instant) -> Answer {
        var answer = Answer(
            zone: zone.identifier, source: "\(source)", offset: Self.text(zone.offset(at: now)), abbreviation: zone.abbreviation(at: now))
        if let change = zone.nextOffsetChange(after: now) {
            answer.next = Answer.Change(
                at: change.at.rfc3339UTC(), offset: Self.text(change.offset), abbreviation: zone.abbreviation(at: change.at))
        }
        return answer
    }

    private func show(_ answer: Answer) {
        if json { return Output.line(JSONText.of(answer)) }
        let next = answer.next.map { "from \($0.at) \($0.offset) \($0.abbreviation)" } ?? "no change to come"
        Output.line(
            "\(Self.pad(answer.zone, 32)) \(answer.offset) \(Self.pad(answer.abbreviation, 5)) \(Self.pad(next, 38)) \(answer.source)")
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.utf8.count))
    }

    /// `+05:30`.
    private static func text(_ offset: Int32) -> String {
        let (size, two) = (abs(offset), { (value: Int32) in value < 10 ? "0\(value)" : "\(value)" })
        let seconds = size % 60 == 0 ? "" : ":" + two(size % 60)
        return (offset < 0 ? "-" : "+") + two(size / 3600) + ":" + two(size / 60 % 60) + seconds
    }
}
