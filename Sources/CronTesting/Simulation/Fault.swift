/// What goes wrong, or is done by somebody, in a simulated run.
public enum Fault: Hashable, Sendable {
    /// A step of a node at which it can be hit: a call of the ledger, handing over to the runner, a start, a report of the runner.
    public enum Point: String, CaseIterable, Sendable {
        case open, marks, claim, skip, start, finish, renew, rewind, search, sweep, gate, handover, launch, report
    }

    /// Before the step is done, or between that and its answer.
    public enum Side: String, CaseIterable, Sendable { case before, after }

    // A node, the next time that it comes by a point.
    case crash(node: Int, Point, Side)
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
    case resume(job: Int)
    /// The table loses a job.
    case remove(job: Int)
    case restore(job: Int)
    /// A job has another command.
    case change(job: Int)
    /// A job has other times.
    case reschedule(job: Int, every: Int64)

    /// Where it waits to happen, if not at once.
    var trap: (node: Int, point: Point)? {
        switch self {
        case .crash(let node, let point, _), .freeze(let node, let point, _, _): (node, point)
        case .loseRequest(let node, let point), .loseReply(let node, let point): (node, point)
        default: nil
        }
    }

    /// Its kind, for counting.
    var name: String {
        switch self {
        case .crash(_, _, let side): "crash \(side.rawValue)"
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
        case .resume(let job): "resume(job: \(job))"
        case .remove(let job): "remove(job: \(job))"
        case .restore(let job): "restore(job: \(job))"
        case .change(let job): "change(job: \(job))"
        case .reschedule(let job, let seconds): "reschedule(job: \(job), every: \(seconds))"
        }
    }
}
