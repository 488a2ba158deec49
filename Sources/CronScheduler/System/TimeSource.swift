public import CronJobs

/// What a scheduler goes by: the machine's clocks, or a test's.
///
/// ```swift
/// let scheduler = Scheduler(time: .system)     // the machine's
/// let rehearsed = rehearsal.scheduler()        // a test's (CronTesting)
/// ```
public struct TimeSource: Sendable {
    /// How long a scheduler rests between looks at things that nobody tells it of.
    package struct Rhythm: Sendable {
        /// Between two rounds of housekeeping; nil is as the store wants it.
        package var housekeeping: Duration?
        /// Between two looks at the clock.
        package var longestSleep: Duration?
        /// Whether a store may be asked a little before a fire time, so that the start is on time.
        package var claimsAhead: Bool

        package init(housekeeping: Duration? = nil, longestSleep: Duration? = nil, claimsAhead: Bool = true) {
            self.housekeeping = housekeeping
            self.longestSleep = longestSleep
            self.claimsAhead = claimsAhead
        }
    }

    public let clocks: any Clocks
    let executor: any SerialExecutor
    let alarm: any Alarm
    let waker: @Sendable (any Clocks) -> any Waker
    let rhythm: Rhythm

    /// - Parameters:
    ///   - executor: where the scheduler's actors run; nil is a thread of its own.
    ///   - alarm: limits how long runs may take.
    ///   - waker: made with the clocks by which deadlines will be given: a shared store has a clock of its own.
    public init(
        clocks: any Clocks, executor: (any SerialExecutor)? = nil, alarm: any Alarm,
        waker: @escaping @Sendable (any Clocks) -> any Waker
    ) {
        self.init(clocks: clocks, executor: executor, alarm: alarm, rhythm: Rhythm(), waker: waker)
    }

    package init(
        clocks: any Clocks, executor: (any SerialExecutor)? = nil, alarm: any Alarm, rhythm: Rhythm,
        waker: @escaping @Sendable (any Clocks) -> any Waker
    ) {
        self.clocks = clocks
        self.executor = executor ?? SchedulerThread()
        self.alarm = alarm
        self.rhythm = rhythm
        self.waker = waker
    }

    /// The machine's clocks, and a thread for each scheduler.
    public static var system: TimeSource {
        let thread = SchedulerThread()
        return TimeSource(clocks: MachineClocks(), executor: thread, alarm: thread) { ThreadWaker(thread, clocks: $0) }
    }
}

/// The machine's clocks.
public struct MachineClocks: Clocks {
    public init() {}
    public var wall: WallTime { WallTime(nanoseconds: Libc.wallNanoseconds()) }
    public var monotonic: MonotonicTime { MonotonicTime(nanoseconds: Libc.bootNanoseconds()) }
}
