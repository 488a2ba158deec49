public import CronExpressions
public import CronHandlers
public import CronJobs
public import FoundationEssentials

// For programs that use Foundation's dates; nothing below this floor knows them.

extension Instant {
    /// The first whole second at or after a date: never early.
    public init(_ date: Date) { self.init(Int64(date.timeIntervalSince1970.rounded(.up).clamped)) }
}

extension Date {
    public init(_ instant: Instant) { self.init(timeIntervalSince1970: Double(instant.seconds)) }
    public init(_ time: WallTime) { self.init(timeIntervalSince1970: Double(time.nanoseconds) / 1e9) }
}

extension Double {
    /// Within what seconds can be; what is no number is the end of all times.
    fileprivate var clamped: Double { isNaN ? 9.0e18 : Swift.min(Swift.max(self, -9.0e18), 9.0e18) }
}

extension JobSchedule {
    public static func at(_ date: Date) -> JobSchedule { .at(Instant(date)) }
    public static func every(_ interval: Duration, from date: Date) -> JobSchedule { every(interval, from: Instant(date)) }

    /// The fire times after a date, as they would be without a scheduler.
    public func fireTimes(after date: Date, in zone: Zone = .utc) throws(ScheduleFault) -> FireTimes<AnySchedule> {
        try fireTimes(after: Instant(date), in: zone)
    }

    public func starting(at date: Date) -> JobSchedule { starting(at: Instant(date)) }
    public func ending(at date: Date) -> JobSchedule { ending(at: Instant(Int64(date.timeIntervalSince1970.rounded(.down).clamped))) }
}

extension Scheduler {
    /// Runs a handler once, at a date.
    @discardableResult
    public func once<Handler: JobHandler>(
        _ id: JobID? = nil, at date: Date, _ handler: Handler.Type, _ parameters: Handler.Parameters, options: JobOptions? = nil,
        onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> JobID {
        try await once(id, at: Instant(date), handler, parameters, options: options, onConflict: conflict)
    }

    /// Runs a closure once, at a date.
    @discardableResult
    public func once(
        _ id: JobID? = nil, at date: Date, options: JobOptions? = nil, onConflict conflict: JobConflict = .replace,
        run body: @escaping Handlers.Body
    ) async throws(SchedulerError) -> JobID {
        try await once(id, at: Instant(date), options: options, onConflict: conflict, run: body)
    }

    /// Runs a handler once, so long from now, by the scheduler's clock.
    @discardableResult
    public func once<Handler: JobHandler>(
        _ id: JobID? = nil, after wait: Duration, _ handler: Handler.Type, _ parameters: Handler.Parameters, options: JobOptions? = nil,
        onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> JobID {
        try await once(id, at: try await instant(after: wait), handler, parameters, options: options, onConflict: conflict)
    }

    /// Runs a closure once, so long from now, by the scheduler's clock.
    @discardableResult
    public func once(
        _ id: JobID? = nil, after wait: Duration, options: JobOptions? = nil, onConflict conflict: JobConflict = .replace,
        run body: @escaping Handlers.Body
    ) async throws(SchedulerError) -> JobID {
        try await once(id, at: try await instant(after: wait), options: options, onConflict: conflict, run: body)
    }

    /// The first whole second that is not before.
    private func instant(after wait: Duration) async throws(SchedulerError) -> Instant {
        let time = try await ready().clocks.wall + wait
        return WallTime(time.instant) < time ? time.instant + 1 : time.instant
    }

    public func pause(_ id: JobID, until date: Date) async throws(SchedulerError) { try await pause(id, until: Instant(date)) }
}

extension Duration {
    public static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
    public static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    public static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
}
