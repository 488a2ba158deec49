public import CronExpressions
public import CronJobs

/// What stands between the fields and the command.
public enum CrontabFormat: Hashable, Sendable {
    /// Five fields, the user, the command: `/etc/crontab` and `/etc/cron.d`.
    case system
    /// Five fields and the command.
    case user
}

/// Everything but the text that the meaning of a crontab depends on.
public struct CrontabOptions: Sendable {
    public var format: CrontabFormat
    /// The dialect where the file does not name its own (`# crond: dialect=NAME`).
    public var dialect: Dialect
    /// The service's own zone, for entries without `CRON_TZ` and `tz=`.
    public var zone: Zone
    public var zones: ZoneDatabase
    public var draws: DrawSource
    /// Whether there is a user of that name, where the number of fields of a line depends on it; nil where nobody knows.
    public var isUser: (@Sendable (String) -> Bool)?
    /// What entries have that set nothing else.
    public var policies = JobPolicies.standard
    /// Several hosts have the table: what looks at one host's runs only must say which.
    public var isShared = false
    /// Keys that set what cannot be kept here, and why: their entries are bad lines.
    public var unavailable: [String: String] = [:]
    /// How long the broker waits for the acknowledgement of a message.
    public var consumerTimeout = AcknowledgementPolicy.usualPatience
    /// The path that diagnostics show. Never opened.
    public var path: String

    public init(
        format: CrontabFormat, dialect: Dialect = .vixie, zone: Zone, zones: ZoneDatabase, draws: DrawSource = .host(""), path: String
    ) {
        self.format = format
        self.dialect = dialect
        self.zone = zone
        self.zones = zones
        self.draws = draws
        self.path = path
    }
}
