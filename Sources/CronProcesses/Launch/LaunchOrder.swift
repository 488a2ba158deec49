internal import CLaunch
internal import CLinux
internal import CronJobs

/// All that a launcher thread needs for one start, and what others need to look after it. Lives until the launch has returned.
final class LaunchOrder: @unchecked Sendable {
    let attempt: Attempt
    /// The attempt's action.
    let command: Command
    let user: User
    let block: EnvironmentBlock
    private let progress: OpaquePointer

    init(_ attempt: Attempt, _ command: Command, as user: User, _ block: EnvironmentBlock) throws(LaunchFailure) {
        guard let progress = crond_progress_make() else { throw LaunchFailure("stack", errno: ENOMEM) }
        self.attempt = attempt
        self.command = command
        self.user = user
        self.block = block
        self.progress = progress
    }

    deinit { crond_progress_free(progress) }

    /// Its process, whether it has reached its program or not; `nil` before there is one.
    var process: Int32? {
        let process = crond_progress_process(progress)
        return process > 0 ? process : nil
    }

    /// What its child does that has not reached its program yet.
    var state: LaunchPool.ChildState {
        let child = crond_progress_child(progress)
        guard child > 0, let stat = ProcessTable.stat(of: child) else { return .absent }
        return switch stat.state {
        case UInt8(ascii: "T"), UInt8(ascii: "t"): .stopped
        case UInt8(ascii: "D"), UInt8(ascii: "S"): .waiting
        default: .running
        }
    }

    /// Kills its child; false when it has returned already.
    func giveUp() -> Bool { crond_progress_give_up(progress) != 0 }

    func fill(_ launch: inout crond_launch) { launch.progress = progress }
}
