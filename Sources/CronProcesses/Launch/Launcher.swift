internal import CLaunch
internal import CLinux
internal import CronJobs
internal import LinuxEvents

/// A process that was started: its number, its pidfd, and our ends of its outputs.
struct Launched {
    var process: Int32
    /// Part of its lasting identity; `nil` where it is gone already.
    var startTicks: Int64?
    var pidfd: Int32
    var output: Int32
    var error: Int32
    /// Why HOME was replaced by `/`; 0 when it was not.
    var directoryError: Int32
    /// To be removed when the run ends.
    var bodyFile: BodyFile?
    /// Its own control group, where it has a limit that takes one.
    var group: RunGroup?
}

/// Starts commands, in a shell or without. Holds what all launches share and none changes; each launch has its own `LaunchScratch`. Any thread.
final class Launcher: Sendable {
    private let options: RunnerOptions
    private let null: Int32
    private let countsAsWeThink = Locked<Bool?>(nil)

    init(options: RunnerOptions) throws(SystemError) {
        self.options = options
        null = cl_open("/dev/null", O_RDWR | O_CLOEXEC, 0)
        guard null >= 0 else { throw SystemError(call: "open /dev/null", errno: cl_errno()) }
    }

    deinit { close(null) }

    /// Starts the attempt's command in the shell of its environment. Waits until it runs, however long that takes.
    func launch(_ order: LaunchOrder, lateness: Int64, _ scratch: LaunchScratch) throws(LaunchFailure) -> Launched {
        let attempt = order.attempt
        guard !order.command.text.utf8.contains(0) else {
            throw LaunchFailure("command", errno: EINVAL, subject: "the command has a NUL byte")
        }
        let owner = mustSwitch(to: order.user) ? order.user : nil
        let body = try attempt.body.map { bytes throws(LaunchFailure) in try BodyFile(bytes, owner: owner) }
        do {
            let mark = options.mark(attempt.run, attempt.number)
            scratch.fill(JobEnvironment.specifics(of: attempt, lateness: lateness, mark: mark, bodyFile: body?.path))
            var launched = try launch(order, scratch)
            launched.bodyFile = body
            return launched
        } catch {
            body?.remove()
            throw error
        }
    }

    /// Whether a process of ours has to change to become `user`.
    func mustSwitch(to user: User) -> Bool {
        options.canSwitchUser && user !== options.ownUser && !user.hasSameIdentity(as: options.ownUser)
    }

    private func launch(_ order: LaunchOrder, _ scratch: LaunchScratch) throws(LaunchFailure) -> Launched {
        let attempt = order.attempt, user = order.user
        let command = order.command, switching = mustSwitch(to: user)
        let input = try input(command.input.map { Array($0.utf8) } ?? attempt.input ?? attempt.body)
        defer { if input != null { close(input) } }
        let output = try pipe()
        let errors: PipeEnds
        do {
            errors = try pipe()
        } catch {
            output.close()
            throw error
        }
        defer {
            close(output.write)
            close(errors.write)
        }
        if switching {
            // So that the job may open /dev/stdout and /dev/stderr by name.
            fchown(output.write, user.uid, user.gid)
            fchown(errors.write, user.uid, user.gid)
        }
        var launch = crond_launch()
        launch.standard_input = input
        launch.standard_output = output.write
        launch.standard_error = errors.write
        launch.switch_user = switching ? 1 : 0
        launch.set(attempt.job.policies.values, originalFileLimit: options.originalFileLimit)
        order.fill(&launch)
        var group: RunGroup?
        do {
            group = try makeGroup(attempt.job.policies.values.limits)
            launch.group = group?.entrance ?? 0
            let result = try run(&launch, order, scratch)
            group?.close()
            return Launched(
                process: result.process, startTicks: startTicks(of: result), pidfd: result.pidfd,
                output: output.read, error: errors.read, directoryError: result.directory_error, group: group)
        } catch {
            _ = group?.remove()
            close(output.read)
            close(errors.read)
            throw error
        }
    }

    /// Where no group can be made, which was said when the table was read, the limits are not kept.
    private func makeGroup(_ limits: ResourceLimits) throws(LaunchFailure) -> RunGroup? {
        guard limits.needsGroup, let groups = options.groups, groups.obstacle == nil else { return nil }
        return try groups.make(limits)
    }

    /// Fills in what lives in Swift's memory, for the time of the call.
    private func run(
        _ launch: inout crond_launch, _ order: LaunchOrder, _ scratch: LaunchScratch
    ) throws(LaunchFailure) -> crond_launch_result {
        let user = order.user, block = order.block, directory = order.attempt.job.policies.values.directory
        var result = crond_launch_result()
        launch.directory_fallback = directory == nil ? 1 : 0
        launch.uid = user.uid
        launch.gid = user.gid
        launch.group_count = user.groups.count
        launch.program = block.shell
        let mayBeDirect = block.handedOn != nil && order.attempt.job.policies.values.exec == .auto
        let direct = mayBeDirect ? SimpleCommand(order.command.text) : nil
        let status = order.command.text.withCString { text in
            "-c".withCString { option in
                (directory ?? block.home).withCString { path in
                    user.groups.withUnsafeBufferPointer { groups in
                        scratch.with(block) { environment in
                            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: 4) { arguments in
                                arguments[0] = UnsafeMutablePointer(mutating: block.shell)
                                arguments[1] = UnsafeMutablePointer(mutating: option)
                                arguments[2] = UnsafeMutablePointer(mutating: text)
                                arguments[3] = nil
                                launch.arguments = UnsafePointer(arguments.baseAddress)
                                launch.environment = environment
                                launch.directory = path
                                launch.groups = groups.baseAddress
                                guard let direct else { return crond_launch(&launch, &result) }
                                return scratch.with(block, directly: direct) {
                                    launch.direct = $0
                                    return crond_launch(&launch, &result)
                                }
                            }
                        }
                    }
                }
            }
        }
        guard status == 0 else {
            throw LaunchFailure(result) { stage in
                switch stage {
                case "exec": Self.programs(result, direct, shell: String(cString: block.shell))
                case "chdir": directory ?? block.home
                case "limits": order.attempt.job.policies.values.limits.words
                case "nice": "nice=\(order.attempt.job.policies.values.nice)"
                case "setgroups", "setgid", "setuid", "capabilities": "\(stage) for \(user.name)"
                default: nil
                }
            }
        }
        return result
    }

    /// When the kernel says that the process began. It counts in ticks of 10 ms, so that we mostly know without asking; whether it counts as we think
    /// is seen at the first launch.
    private func startTicks(of result: crond_launch_result) -> Int64? {
        let after = result.begun_after / Self.tick, isKnown = after == result.begun_before / Self.tick
        if isKnown, countsAsWeThink.withLock({ $0 }) == true { return after }
        let ticks = ProcessTable.stat(of: result.process)?.startTicks
        if isKnown { countsAsWeThink.withLock { $0 = $0 ?? (ticks == after) } }
        return ticks
    }

    private static let tick = 1_000_000_000 / max(1, Int64(sysconf(Int32(_SC_CLK_TCK))))

    /// What could not be executed: where the command's own program was tried before the shell, both.
    private static func programs(_ result: crond_launch_result, _ direct: SimpleCommand?, shell: String) -> String {
        guard let direct, result.direct_error != 0 else { return shell }
        return "\(direct.program): \(SystemError.text(of: result.direct_error)); \(shell)"
    }

    private func pipe() throws(LaunchFailure) -> PipeEnds {
        var ends: [Int32] = [-1, -1]
        guard cl_pipe(&ends) == 0 else { throw LaunchFailure("pipe", errno: cl_errno()) }
        // Our end only: the job must find its own end blocking.
        _ = cl_fcntl(ends[0], F_SETFL, O_NONBLOCK)
        return PipeEnds(read: ends[0], write: ends[1])
    }

    private func input(_ content: [UInt8]?) throws(LaunchFailure) -> Int32 {
        guard let content else { return null }
        let descriptor = cl_memory_file("input")
        guard descriptor >= 0 else { throw LaunchFailure("input", errno: cl_errno()) }
        guard BodyFile.write(content, to: descriptor), lseek(descriptor, 0, SEEK_SET) == 0 else {
            let error = cl_errno()
            close(descriptor)
            throw LaunchFailure("input", errno: error)
        }
        return descriptor
    }
}

private struct PipeEnds {
    var read: Int32
    var write: Int32

    func close() {
        CLinux.close(read)
        CLinux.close(write)
    }
}

extension crond_launch {
    /// What a job's policies say about its process.
    fileprivate mutating func set(_ policies: JobPolicies.Values, originalFileLimit: UInt64?) {
        umask = policies.umask.map { Int32($0) } ?? -1
        nice = Int32(policies.nice)
        no_new_privileges = policies.noNewPrivileges ? 1 : 0
        file_limit = originalFileLimit ?? .max
        limit_files = policies.limits.files.map { UInt64($0) } ?? .max
        limit_address_space = policies.limits.addressSpace.map { UInt64($0) } ?? .max
        limit_cpu_seconds = policies.limits.cpuTime.map { UInt64($0.components.seconds) } ?? .max
    }
}

extension ResourceLimits {
    /// Those that the kernel is asked for at the start, as they are written.
    fileprivate var words: String {
        let words = [
            files.map { "limit-files=\($0)" }, addressSpace.map { "limit-address-space=\($0)" },
            cpuTime.map { "limit-cpu-time=\($0.components.seconds)s" },
        ]
        return words.compactMap(\.self).joined(separator: " ")
    }
}
