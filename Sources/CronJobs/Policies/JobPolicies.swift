public import CronExpressions

/// How a job behaves beyond its schedule and command: the policies that directives set. Shared by all jobs that set none.
public final class JobPolicies: Hashable, Sendable {
    public static let standard = JobPolicies(Values())

    /// The policies one by one, each with the default of the service.
    public struct Values: Hashable, Sendable {
        public var overlap = OverlapPolicy.allow
        public var maxRunning = 3000
        public var loadGate: LoadGate?
        /// How late a run may still start; `nil` is without limit.
        public var grace: Duration? = .seconds(60)
        public var catchUp = CatchUpPolicy.last
        /// Puts off each start by less than this, the same for the same fire time.
        public var jitter = Jitter.none
        /// Puts off each start by this, beside the jitter: cronie's `RANDOM_DELAY`, once it is drawn. Whole seconds.
        public var delay = Duration.zero
        public var retry = RetryPolicy.never
        public var host = HostPolicy.any
        public var storeDown = StoreDownPolicy.hold
        public var log = LogMode.lines
        /// How many bytes are kept of each run's output, 64 KiB at most; `nil` is the service's `--keep-output`.
        public var logKeep: Int?
        /// How long an attempt may last; `nil` is without limit. It then ends as `timedOut`.
        public var timeout: Duration?
        /// How long after TERM a run that is to end gets KILL, with all its group. The service's own end has a wait of its own.
        public var killAfter = Duration.seconds(10)
        public var successCodes = ExitCodes.zero
        /// Added to the service's nice value.
        public var nice = 0
        public var limits = ResourceLimits.none
        /// No process of it can gain privileges that it does not begin with, not by a set-user-ID program either.
        public var noNewPrivileges = false
        public var linger = LingerPolicy.keep
        public var onStop = StopPolicy.finish
        /// Working directory; `nil` is HOME.
        public var directory: String?
        /// File mode mask; `nil` is the service's.
        public var umask: UInt16?
        public var exec = ExecPolicy.auto
        public var notify = NotifyPolicy.change
        /// `nil` is `output`.
        public var mailOn: MailPolicy?
        /// A start that is later than this is told; `nil`: none is.
        public var lateAfter: Duration?
        /// The workers that carry it out, by the name of their pool; `nil` is whoever claims it.
        public var pool: String?
        public var acknowledgement = AcknowledgementPolicy.handOver
        /// Whom its runs are told to over HTTP; `nil`: nobody.
        public var hooks: Hooks?

        public init() {}
    }

    public let values: Values

    public init(_ values: Values) { self.values = values }

    /// By value, wherever they lie.
    public static func == (a: JobPolicies, b: JobPolicies) -> Bool { a === b || a.values == b.values }

    /// Over the values.
    public func hash(into hasher: inout Hasher) { hasher.combine(values) }
}
