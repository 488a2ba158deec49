internal import CronEngine
internal import CronExpressions
internal import CronHandlers
internal import CronJobs

// What the engine is to have of a job:
//
//     its handler is here           the job as it is defined
//     it is not                     a *witness*: never starts, and is missed once no node can start it any more
//     … and it is never too late    nothing

struct JobPlans: Sendable {
    typealias Planned = (job: Job, watermark: Instant)

    /// How long after its deadline a job is missed that others were to start: one of them may be about to.
    private static let margin: Int64 = 15

    let handlers: Handlers
    let closures: Closures
    /// Where a schedule names none.
    let zone: Zone
    let isShared: Bool
    /// Equal options are one object.
    private var options: [JobOptions: (policies: JobPolicies, shared: SharedOptions)] = [:]

    init(handlers: Handlers, closures: Closures, zone: Zone, isShared: Bool) {
        (self.handlers, self.closures, self.zone, self.isShared) = (handlers, closures, zone, isShared)
    }

    func runsHere(_ id: JobID, _ definition: JobDefinition) -> Bool {
        definition.isClosure ? closures[id] != nil : handlers.supports(definition.call)
    }

    /// - Parameter mark: up to where it is decided, as far as is known.
    mutating func plan(_ id: JobID, _ definition: JobDefinition, _ mark: Instant?) -> Planned? {
        guard let policies = runsHere(id, definition) ? shared(definition.options).policies : witness(definition.options),
            let job = try? definition.job(id, policies: policies, zone: zone)
        else { return nil }
        return (job, max(definition.since, mark ?? definition.since))
    }

    /// The definition as a job whose fire times can be asked for.
    func times(_ id: JobID, _ definition: JobDefinition) -> Job? { try? definition.job(id, policies: .standard, zone: zone) }

    /// Gives the definition the options that others have, where they are equal.
    mutating func share(_ definition: inout JobDefinition) { definition.share(shared(definition.options).shared) }

    private mutating func shared(_ options: JobOptions) -> (policies: JobPolicies, shared: SharedOptions) {
        if let known = self.options[options] { return known }
        let new = (options.policies, SharedOptions(options))
        self.options[options] = new
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
