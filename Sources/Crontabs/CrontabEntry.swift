internal import CronExpressions
public import CronJobs

/// One good line of a crontab: when, what and for whom.
///
/// A table may hold 200,000 of them, so an entry keeps places instead of texts where it can: what `scheduleText(in:)` and `ranges(in:)` return is
/// read from the file's bytes only when somebody asks.
public struct CrontabEntry: Sendable {
    /// When it starts.
    public let timing: Job.Timing
    /// What the shell gets.
    public let command: String
    /// The user column; nil in the user format.
    public let user: String?
    public let environment: CrontabEnvironment
    /// What the legacy service derived its id from: characters 8..<24 of the MD5 of its rendering, as a number.
    public let derivedHash: UInt64
    let extras: Extras?
    let places: EntryPlaces

    /// What few entries have.
    final class Extras: Sendable {
        let input: String?
        let directives: Directives
        let policies: JobPolicies
        let written: [DirectivePlace]

        init(input: String?, directives: Directives, policies: JobPolicies, written: [DirectivePlace]) {
            self.input = input
            self.directives = directives
            self.policies = policies
            self.written = written
        }
    }

    /// What follows the first `%`: the command's standard input.
    public var input: String? { extras?.input }

    /// Counted from 1.
    public var line: Int { places.number }

    /// A leading `-` in the system format: starts of this job are not logged.
    public var quiet: Bool { places.quiet }

    /// cronie's `-n` before the command: no mail if it succeeds.
    public var mailsOnlyOnFailure: Bool { places.mailsOnlyOnFailure }

    /// What the `# crond:` lines above it say.
    public var directives: Directives { extras?.directives ?? .none }

    /// How its job behaves: one shared object for neighbours that set the same. `JobPolicies.standard` itself where nothing stands above it:
    /// whoever has other defaults puts them in its place.
    public var policies: JobPolicies { extras?.policies ?? .standard }

    /// What `name=` above it says.
    public var name: String? { extras?.directives.name }

    /// The zone by name, from `tz=` or `CRON_TZ`; nil is the service's own.
    public var zoneName: String? { extras?.directives.zone?.identifier ?? environment.zoneName }

    /// The sixteen hex digits that end the legacy service's id.
    public var derivedHex: String { LegacyRendering.hex(derivedHash) }

    /// The fields as written, joined by one blank, or the nickname. `bytes` are those that the table was parsed from.
    public func scheduleText(in bytes: [UInt8]) -> String {
        bytes.withUnsafeBufferPointer { buffer in
            fields(in: buffer).map { buffer.text($0) }.joined(separator: " ")
        }
    }

    /// Where its fields, or its nickname, stand in the table's bytes.
    public var scheduleRange: Range<Int> { places.schedule }

    /// Where its parts stand; nil if `bytes` are not those that the table was parsed from.
    public func ranges(in bytes: [UInt8]) -> EntryRanges? {
        bytes.withUnsafeBufferPointer { buffer in
            guard places.fit(buffer) else { return nil }
            return EntryRanges(
                line: places.line.range, fields: fields(in: buffer), user: userRange, command: places.command,
                directives: extras?.written.map { $0.written(in: buffer) } ?? [])
        }
    }

    var userRange: Range<Int>? { user.map { places.user(length: $0.utf8.count) } }

    /// The words of the schedule; none in other bytes than the table's.
    private func fields(in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
        places.fit(bytes) ? bytes.words(in: places.schedule, most: .max) : []
    }
}
