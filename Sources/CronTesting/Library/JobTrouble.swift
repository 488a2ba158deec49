internal import CronJobs

// What goes wrong around a program's jobs, and when. All of it follows from a seed.

/// Something that goes wrong on a simulated stage.
enum JobTrouble: Hashable, Sendable {
    /// The process is killed, and another takes its place some time later.
    case crash(node: Int, back: Duration)
    /// The process ends as in a deployment, and another takes its place.
    case restart(node: Int, back: Duration)
    /// The process cannot reach the store for so long.
    case cut(node: Int, Duration)
    /// Nobody can.
    case storeAway(Duration)
    /// The machine stands still.
    case suspend(Duration)
    /// Its clock is set.
    case step(Duration)
    /// Somebody pauses a job for so long.
    case pause(Duration)

    /// A trouble, and when it comes, counted from the beginning.
    struct Step: Hashable, Sendable, CustomStringConvertible {
        var at: Duration
        var trouble: JobTrouble

        var description: String { "\(at.wholeSeconds)s \(trouble)" }
    }

    static func steps(_ dice: inout Dice, count: Int, nodes: Int, lasting: Duration) -> [Step] {
        let last = max(20, lasting.wholeSeconds)
        return (0..<count).map { _ in Step(at: .milliseconds(dice.number(10_000...(last * 1000))), trouble: one(&dice, nodes)) }
            .sorted { $0.at < $1.at }
    }

    private static func one(_ dice: inout Dice, _ nodes: Int) -> JobTrouble {
        let node = Int(dice.number(0...Int64(max(1, nodes) - 1)))
        func seconds(_ range: ClosedRange<Int64>) -> Duration { .seconds(dice.number(range)) }
        switch dice.number(0...12) {
        case 0...2: return .crash(node: node, back: seconds(5...300))
        case 3...4: return .restart(node: node, back: seconds(20...120))
        case 5...6: return .cut(node: node, seconds(1...90))
        case 7...8: return .storeAway(seconds(1...180))
        case 9: return .suspend(seconds(1...600))
        case 10...11: return .step(seconds(-300...300))
        default: return .pause(seconds(30...900))
        }
    }
}

extension JobTrouble: CustomStringConvertible {
    var description: String {
        switch self {
        case .crash(let node, let back): "node \(node) is killed, back after \(back.wholeSeconds) s"
        case .restart(let node, let back): "node \(node) is deployed anew, within \(back.wholeSeconds) s"
        case .cut(let node, let length): "node \(node) cannot reach the store for \(length.wholeSeconds) s"
        case .storeAway(let length): "the store is away for \(length.wholeSeconds) s"
        case .suspend(let length): "all stands still for \(length.wholeSeconds) s"
        case .step(let length): "the clock is set by \(length.wholeSeconds) s"
        case .pause(let length): "a job is paused for \(length.wholeSeconds) s"
        }
    }
}
