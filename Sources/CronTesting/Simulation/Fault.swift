/// What goes wrong, or is done by somebody, in a simulated run.
public enum Fault: Hashable, Sendable {
    /// A step of a node at which it can be hit: a call of the ledger, handing over to the runner, a start, having the runner end a run, its report.
    public enum Point: String, CaseIterable, Sendable {
        case open, marks, claim, skip, start, finish, renew, rewind, search, sweep, gate, request, history, handover, launch, cancel,
            report, once
    }

    /// Before the step is done, or between that and its answer.
    public enum Side: String, CaseIterable, Sendable { case before, after }

    // A node, the next time that it comes by a point.
    case crash(node: Int, Point, Side)
    /// The service alone is killed: what it started goes on.
    case kill(node: Int, Point, Side)
    case freeze(node: Int, Point, Side, milliseconds: Int64)
    case loseRequest(node: Int, Point)
    case loseReply(node: Int, Point)

    // At once.
    case stop(node: Int)
    case cut(node: Int, milliseconds: Int64)
    case storeAway(milliseconds: Int64)
    case storeSetBack(milliseconds: Int64)
    case storeEmptied
    case storeClock(milliseconds: Int64)
    case nodeClock(node: Int, milliseconds: Int64)
    case pause(job: Int)
    /// Until then.
    case pauseFor(job: Int, milliseconds: Int64)
    case resume(job: Int)
    /// The table loses a job.
    case remove(job: Int)
    case restore(job: Int)
    /// A job has another command.
    case change(job: Int)
    /// A job has other times.
    case reschedule(job: Int, every: Int64)
    /// Somebody asks a node for a run.
    case trigger(node: Int, job: Int, isForced: Bool)
    /// Somebody asks a node to end one of a job's last runs.
    case withdraw(node: Int, job: Int)
    /// Somebody asks a node for something that runs once, and another to cancel it.
    case once(node: Int, milliseconds: Int64, cancelledAfter: Int64?)
    /// A node's machine is short of processor time.
    case busy(node: Int, milliseconds: Int64)

    /// Where it waits to happen, if not at once.
    var trap: (node: Int, point: Point)? {
        switch self {
        case .crash(let node, let point, _), .kill(let node, let point, _), .freeze(let node, let point, _, _): (node, point)
        case .loseRequest(let node, let point), .loseReply(let node, let point): (node, point)
        default: nil
        }
    }

    /// Its kind, for counting.
    var name: String {
        switch self {
        case .crash(_, _, let side): "crash \(side.rawValue)"
        case .kill(_, _, let side): "kill \(side.rawValue)"
        case .freeze(_, _, let side, _): "freeze \(side.rawValue)"
        default: "\(String("\(self)".prefix { $0 != "(" }))"
        }
    }
}

extension Fault: CustomStringConvertible {
    /// As it is written in Swift.
    public var description: String {
        switch self {
        case .crash(let node, let point, let side): "crash(node: \(node), .\(point), .\(side))"
        case .kill(let node, let point, let side): "kill(node: \(node), .\(point), .\(side))"
        case .freeze(let node, let point, let side, let time): "freeze(node: \(node), .\(point), .\(side), milliseconds: \(time))"
        case .loseRequest(let node, let point): "loseRequest(node: \(node), .\(point))"
        case .loseReply(let node, let point): "loseReply(node: \(node), .\(point))"
        case .stop(let node): "stop(node: \(node))"
        case .cut(let node, let time): "cut(node: \(node), milliseconds: \(time))"
        case .storeAway(let time): "storeAway(milliseconds: \(time))"
        case .storeSetBack(let time): "storeSetBack(milliseconds: \(time))"
        case .storeEmptied: "storeEmptied"
        case .storeClock(let time): "storeClock(milliseconds: \(time))"
        case .nodeClock(let node, let time): "nodeClock(node: \(node), milliseconds: \(time))"
        case .pause(let job): "pause(job: \(job))"
        case .pauseFor(let job, let time): "pauseFor(job: \(job), milliseconds: \(time))"
        case .resume(let job): "resume(job: \(job))"
        case .remove(let job): "remove(job: \(job))"
        case .restore(let job): "restore(job: \(job))"
        case .change(let job): "change(job: \(job))"
        case .reschedule(let job, let seconds): "reschedule(job: \(job), every: \(seconds))"
        case .trigger(let node, let job, let isForced): "trigger(node: \(node), job: \(job), isForced: \(isForced))"
        case .withdraw(let node, let job): "withdraw(node: \(node), job: \(job))"
        case .once(let node, let time, let cancelled):
            "once(node: \(node), milliseconds: \(time), cancelledAfter: \(cancelled.map { "\($0)" } ?? "nil"))"
        case .busy(let node, let time): "busy(node: \(node), milliseconds: \(time))"
        }
    }
}
