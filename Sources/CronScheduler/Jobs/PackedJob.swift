internal import CronEngine
internal import CronExpressions
internal import CronHandlers
internal import CronJobs

// A scheduler may have a million jobs. So each is one small object, which the book, the engine and a store in this process share:
//
//     engine ─────┐
//     book ───────┼──▶ PackedJob [ id, times, since, parameters, terms ] ──▶ JobTerms, of all jobs with the same handler, options and zone
//     memory store┘
//
// A cron expression is kept as it was written and compiled anew when the engine decides about the job: that takes a microsecond or two, and the
// compiled form would be as large as all the rest. The zone is kept, so it compiles as it did when the job was added.

/// A job as a scheduler keeps it. It never changes: another one takes its place.
final class PackedJob: KeptJob, JobForm {
    enum Times: Sendable {
        /// A cron expression that can be compiled; dialect and zone are in the terms.
        case expression(String)
        case other(CompiledSchedule)
    }

    let id: JobID
    private let times: Times
    /// Its times count from here on.
    let since: Instant
    /// JSON, as text: a few parameters need no buffer of their own.
    private let input: String
    private let terms: JobTerms

    init(_ id: JobID, _ times: Times, since: Instant, input: [UInt8], _ terms: JobTerms) {
        (self.id, self.times, self.since, self.terms) = (id, times, since, terms)
        self.input = String(decoding: input, as: UTF8.self)
    }

    var definition: JobDefinition { JobDefinition(schedule: schedule, since: since, call: call, options: options) }
    var options: JobOptions { terms.key.options }
    var runsHere: Bool { terms.key.runsHere }
    var isClosure: Bool { terms.key.handler == Closures.handlerName }
    var call: HandlerCall { HandlerCall(name: terms.key.handler, schemaVersion: terms.key.version, input: Array(input.utf8)) }

    var schedule: JobSchedule {
        switch times {
        case .expression(let text): JobSchedule(rule: .cron(text, terms.key.dialect, zone: terms.key.zoneName))
        case .other(let times): times.schedule
        }
    }

    // MARK: For the engine

    /// The engine is to have it: it can be compiled here, and its handler is here or missed one day.
    var isForEngine: Bool { terms.policies != nil && timing != nil }

    var policies: JobPolicies { terms.policies ?? .standard }

    var job: Job { Job(id: id, timing: timing ?? Self.never, action: .handler(call), policies: policies) }

    /// Nil where the schedule cannot be compiled here.
    var timing: Job.Timing? {
        switch times {
        case .expression(let text):
            let schedule = try? JobSchedule.Rule.cronSchedule(text, terms.key.dialect.value, terms.zone, JobDefinition.seed(of: id))
            return schedule.map(Job.Timing.cron)
        case .other(let times): return times.compiled.map(Job.Timing.other)
        }
    }

    private static let never = Job.Timing.other(AnySchedule(OneTimeSchedule(at: [])))

    // MARK: For a store

    var origin: StoredJob.Origin { .library }
    var stored: StoredJob { definition.stored(as: id, by: terms.author) }
}

/// A schedule that is no cron expression alone, or that cannot be compiled here: then `compiled` is nil.
final class CompiledSchedule: Sendable {
    let schedule: JobSchedule
    let compiled: AnySchedule?

    init(_ schedule: JobSchedule, compiled: AnySchedule?) { (self.schedule, self.compiled) = (schedule, compiled) }
}
