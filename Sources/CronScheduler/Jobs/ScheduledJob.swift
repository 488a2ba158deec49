public import CronExpressions
public import CronHandlers
public import CronJobs

/// A job of a scheduler, as it is at one moment.
public struct ScheduledJob: Hashable, Sendable, Identifiable {
    public enum Work: Hashable, Sendable {
        /// A handler's, with its parameters: it lasts.
        case handler(HandlerCall)
        /// A closure of this program: it ends with it.
        case closure
    }

    public var id: JobID
    public var schedule: JobSchedule
    public var work: Work
    public var options: JobOptions
    /// The first fire time that it waits for, paused or not; nil where there is none any more.
    public var nextFireTime: Instant?
    /// Nil where it is not paused.
    public var pause: Pause?
    /// This program has its handler, in a version that reads its parameters.
    public var runsHere: Bool

    public var isPaused: Bool { pause != nil }

    /// The parameters of a handler's job.
    public func parameters<Handler: JobHandler>(for handler: Handler.Type) throws(ParameterFault) -> Handler.Parameters {
        guard case .handler(let call) = work, call.name == Handler.name else { throw ParameterFault("\(id) is no job of \(Handler.name)") }
        guard call.schemaVersion != Handler.schemaVersion else {
            return try ParameterCoding.value(Handler.Parameters.self, from: call.input)
        }
        do {
            return try Handler.migrate(StoredParameters(version: call.schemaVersion, bytes: call.input))
        } catch {
            throw ParameterFault("\(error)")
        }
    }
}

/// What becomes of a job that is added under an id that is taken.
public enum JobConflict: Sendable {
    /// It takes the other's place, if it differs. One whose parameters are of an older version never does.
    case replace
    /// The other stays as it is.
    case keep
    /// The call throws.
    case refuse
}

/// What adding a job did.
public enum AddAnswer: Hashable, Sendable {
    case added
    case replaced
    /// There was one that is the same; nothing was done.
    case unchanged
    /// There was one, which stays, as was asked.
    case kept
    /// There was one whose parameters are of a newer version, which stays.
    case keptNewer(version: Int)
}
