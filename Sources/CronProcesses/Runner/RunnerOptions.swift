public import CronJobs

/// What a runner has to know about the process that it lives in.
public struct RunnerOptions: Sendable {
    /// The service's environment as it was at its start, `NAME=value`.
    public var containerEnvironment: [String]
    /// Whom the service runs as.
    public var ownUser: User
    /// Whether jobs can run as other users; otherwise every job runs as the service's own user.
    public var canSwitchUser: Bool
    /// The soft limit of open files that jobs get; `nil` leaves them the service's.
    public var originalFileLimit: UInt64?
    /// How many runs go on at once; more wait, as long as they may still start.
    public var maximumRunning: Int
    /// Where runs get control groups of their own.
    public var groups: ControlGroups?
    /// The file that counts how often the kernel has killed for want of memory in our surroundings, all runs included.
    public var memoryEvents: String?
    /// Launches taken note of between two looks at the descriptors.
    public var launchesPerTurn = 32
    /// What an attempt carries in its environment, and nobody else can know: a process without a record is known again by it. It must be
    /// the same in a later life of the service. Any thread.
    public var mark: @Sendable (RunID, Int) -> String
    /// Variables whose values are masked in what jobs write.
    public var secretNames = SecretNames.standard
    /// How many bytes are kept of each run's output, where its job says nothing else, and in all.
    public var outputKept = OutputLimit.ofRun
    public var outputKeptInAll = OutputShelf.standardLimit

    public init(
        containerEnvironment: [String], ownUser: User, canSwitchUser: Bool, originalFileLimit: UInt64? = nil, maximumRunning: Int,
        mark: (@Sendable (RunID, Int) -> String)? = nil
    ) {
        self.containerEnvironment = containerEnvironment
        self.ownUser = ownUser
        self.canSwitchUser = canSwitchUser
        self.originalFileLimit = originalFileLimit
        self.maximumRunning = maximumRunning
        // Without a memory nobody asks for it again.
        self.mark = mark ?? { _, _ in String(UInt64.random(in: .min ... .max), radix: 16) }
    }

    /// The options that fit this process. Raises its soft limit of open files to the hard one, and looks its own user up, which may block:
    /// for the start of the program.
    public static func ofThisProcess(environment: [String]) -> RunnerOptions {
        let original = FileLimit.original
        var options = RunnerOptions(
            containerEnvironment: environment, ownUser: UserDirectory.ownUser(), canSwitchUser: UserSwitching.look() == .possible,
            originalFileLimit: original, maximumRunning: max(1, (FileLimit.current - 64) / 4))
        options.memoryEvents = ControlGroupPlace.own.memoryEvents
        return options
    }
}
