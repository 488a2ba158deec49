internal import CLaunch
internal import CLinux
internal import CronJobs
internal import LinuxEvents

/// A process that was started: its number, its pidfd, and our ends of its outputs.
struct Launched {
    var process: Int32
    var pidfd: Int32
    var output: Int32
    var error: Int32
    /// Why HOME was replaced by `/`; 0 when it was not.
    var directoryError: Int32
    /// To be removed when the run ends.
    var bodyFile: BodyFile?
}

/// Starts shells. Owns what all launches share: `/dev/null` and scratch memory. Loop thread only.
final class Launcher {
    private let options: RunnerOptions
    private let null: Int32
    private let strings = AttemptStrings()
    private var environments = EnvironmentCache()

    init(options: RunnerOptions) throws(SystemError) {
        self.options = options
        null = cl_open("/dev/null", O_RDWR | O_CLOEXEC, 0)
        guard null >= 0 else { throw SystemError(call: "open /dev/null", errno: cl_errno()) }
    }

    deinit { close(null) }

    func block(for user: User, _ variables: Variables) -> EnvironmentBlock {
        let foreign = user.uid != options.ownUser.uid
        return environments.block(container: options.containerEnvironment, user: user, variables: variables, foreign: foreign)
    }

    /// Starts the attempt's command in the shell of its environment.
    func launch(_ attempt: Attempt, as user: User, block: EnvironmentBlock, lateness: Int64) throws(LaunchFailure) -> Launched {
        guard !attempt.job.command.text.utf8.contains(0) else {
            throw LaunchFailure("command", errno: EINVAL, subject: "the command has a NUL byte")
        }
        let body = try attempt.body.map { bytes throws(LaunchFailure) in try BodyFile(bytes, owner: mustSwitch(to: user) ? user : nil) }
        do {
            strings.fill(attempt, lateness: lateness, bodyFile: body?.path)
            var launched = try launch(attempt, as: user, block)
            launched.bodyFile = body
            return launched
        } catch {
            body?.remove()
            throw error
        }
    }

    private func mustSwitch(to user: User) -> Bool { options.canSwitchUser && !user.hasSameIdentity(as: options.ownUser) }

    private func launch(_ attempt: Attempt, as user: User, _ block: EnvironmentBlock) throws(LaunchFailure) -> Launched {
        let command = attempt.job.command, switching = mustSwitch(to: user)
        let input = try input(command.input.map { Array($0.utf8) } ?? attempt.body)
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
        launch.umask = attempt.job.settings.values.umask.map { Int32($0) } ?? -1
        launch.file_limit = options.originalFileLimit ?? .max
        launch.nice = options.nice
        launch.no_new_privileges = options.noNewPrivileges ? 1 : 0
        do {
            let result = try run(&launch, command.text, attempt.job.settings.values.directory, user, block)
            return Launched(
                process: result.process, pidfd: result.pidfd, output: output.read, error: errors.read,
                directoryError: result.directory_error)
        } catch {
            close(output.read)
            close(errors.read)
            throw error
        }
    }

    /// Fills in what lives in Swift's memory, for the time of the call.
    private func run(
        _ launch: inout crond_launch, _ text: String, _ directory: String?, _ user: User, _ block: EnvironmentBlock
    ) throws(LaunchFailure) -> crond_launch_result {
        var result = crond_launch_result()
        launch.directory_fallback = directory == nil ? 1 : 0
        launch.uid = user.uid
        launch.gid = user.gid
        launch.group_count = user.groups.count
        launch.program = block.shell
        let status = text.withCString { text in
            "-c".withCString { option in
                (directory ?? block.home).withCString { path in
                    user.groups.withUnsafeBufferPointer { groups in
                        block.with(strings) { environment in
                            withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<CChar>?.self, capacity: 4) { arguments in
                                arguments[0] = UnsafeMutablePointer(mutating: block.shell)
                                arguments[1] = UnsafeMutablePointer(mutating: option)
                                arguments[2] = UnsafeMutablePointer(mutating: text)
                                arguments[3] = nil
                                launch.arguments = UnsafePointer(arguments.baseAddress)
                                launch.environment = UnsafePointer(environment)
                                launch.directory = path
                                launch.groups = groups.baseAddress
                                return crond_launch(&launch, &result)
                            }
                        }
                    }
                }
            }
        }
        guard status == 0 else {
            throw LaunchFailure(result) { stage in
                switch stage {
                case "exec": String(cString: block.shell)
                case "chdir": directory ?? block.home
                case "setgroups", "setgid", "setuid": "\(stage) for \(user.name)"
                default: nil
                }
            }
        }
        return result
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
