internal import CronExpressions
internal import CronHandlers
internal import CronJobs

// How jobs are kept, and what the engine is to have of each:
//
//     its handler is here           the job as it is defined
//     it is not                     a *witness*: never starts, and is missed once no node can start it any more
//     … and it is never too late    nothing

struct JobPlans: Sendable {
    /// How long after its deadline a job is missed that others were to start: one of them may be about to.
    private static let margin: Int64 = 15
    /// Terms that are remembered. Where there are more, they are hardly anything that jobs have in common.
    private static let mostTerms = 4096

    let handlers: Handlers
    let closures: Closures
    /// Where a schedule names none.
    let zone: Zone
    let isShared: Bool
    /// Who writes jobs down, in words.
    let author: String
    private var terms: [JobTerms.Key: JobTerms] = [:]

    init(handlers: Handlers, closures: Closures, zone: Zone, isShared: Bool, author: String) {
        (self.handlers, self.closures, self.zone, self.isShared, self.author) = (handlers, closures, zone, isShared, author)
    }

    /// - Parameter hasBody: the closure is about to be there.
    mutating func pack(_ id: JobID, _ definition: JobDefinition, hasBody: Bool = false) -> PackedJob {
        let call = definition.call
        let runsHere = definition.isClosure ? hasBody || closures[id] != nil : handlers.supports(call)
        var key = JobTerms.Key(handler: call.name, version: call.schemaVersion, options: definition.options, runsHere: runsHere)
        let compiled = try? definition.timing(id, zone: zone)
        if case .cron(let text, let dialect, let name) = definition.schedule.rule, case .cron(let schedule)? = compiled {
            (key.dialect, key.zoneName) = (dialect, name)
            return PackedJob(id, .expression(text), since: definition.since, input: call.input, terms(key, schedule.zone))
        }
        let times = CompiledSchedule(definition.schedule, compiled: compiled?.schedule)
        return PackedJob(id, .other(times), since: definition.since, input: call.input, terms(key, zone))
    }

    private mutating func terms(_ key: JobTerms.Key, _ zone: Zone) -> JobTerms {
        if let known = terms[key] { return known }
        let policies = key.runsHere ? key.options.policies : witness(key.options)
        let new = JobTerms(key, zone: zone, policies: policies, author: author)
        if terms.count >= Self.mostTerms { terms = [:] }
        terms[key] = new
        return new
    }

    private func witness(_ options: JobOptions) -> JobPolicies? {
        guard let grace = options.grace else { return nil }
        var values = options.policies.values
        (values.grace, values.catchUp, values.retry) = (.seconds(-1), .none, .never)
        values.delay = .seconds(grace.components.seconds + 1 + (isShared ? Self.margin : 0))
        return JobPolicies(values)
    }
}
