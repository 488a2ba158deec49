public import CronJobs
internal import CronProcesses
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// The process around the service: what the executable calls.
public enum ServiceHost {
    public static let version = "0.1.0"
    nonisolated(unsafe) private static var hasInit = false
    nonisolated(unsafe) private static var startGuard: StartGuard?

    /// Holds the signals that a service takes until it can take them, so that one which comes in its first moment stops it in order, too.
    /// To be called before there is any thread.
    public static func holdSignals() { SignalWatch.hold(ServiceSignal.taken) }

    /// Watches over the start, so that one which hangs can be told to end. To be called once this process is the service's, not its init's.
    public static func guardStart() { startGuard = StartGuard() }

    static func endGuard() {
        startGuard?.end()
        startGuard = nil
    }

    /// Opens `/dev/null` where a standard stream is closed: the next file that is opened would else become it. To be called first of all.
    public static func openStandardStreams() { ProcessHost.openStandardStreams() }

    /// To be called before there is any thread.
    public static func becomeInitIfPID1() { hasInit = InitProcess.forkIfPID1() }

    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Why a service of this user would not read a table of that path; `nil` where it would. Standard input is nobody's.
    public static func refusal(ofTable path: String) -> String? {
        guard path != "-" else { return nil }
        return PathWalk.refusal(of: PathText.absolute(path, in: workingDirectory), trust: .ofThisProcess)
    }

    /// Whether this machine has a user of that name, or it is a number.
    public static func isKnownUser(_ name: String) -> Bool { UserDirectory.isKnown(name) }

    public static var workingDirectory: String {
        guard let path = getcwd(nil, 0) else { return "/" }
        defer { free(path) }
        return String(cString: path)
    }

    /// Runs the service on this thread and leaves the process with its exit code.
    public static func run(_ configuration: Configuration) -> Never {
        ProcessHost.returnLargeBuffers()
        _ = FileLimit.original
        if let shortage = Room(for: configuration.store, guards: startGuard == nil ? 0 : 1).shortage { refuse(shortage) }
        do {
            let loop = try EventLoop()
            SharedPool.replace(by: ThreadExecutor(), timers: loop)
            let clocks = HostClocks()
            let out = OutputWriter(descriptor: 1, loop: loop)
            let errors = OutputWriter(descriptor: 2, loop: loop)
            let secrets = Secrets(configuration.secretNames, environment: configuration.environment)
            let log = Log(
                format: configuration.logFormat, level: configuration.logLevel, clocks: clocks, errors: WriterSink(writer: errors),
                information: configuration.split ? WriterSink(writer: out) : nil, secrets: secrets)
            let output = JobOutput(
                format: configuration.logFormat, passthrough: configuration.passthrough, clocks: clocks, out: out, errors: errors)
            let ended = ExitCode()
            let context = ServiceContext(
                configuration: configuration, loop: loop, clocks: clocks, log: log, output: output, secrets: secrets, hasInit: hasInit)
            let life = ServiceLife(context) {
                ended.code = 0
                loop.stop()
            }
            Task(executorPreference: loop) {
                ended.code = await life.run()
                loop.stop()
            }
            loop.run()
            out.flush(.milliseconds(500))
            errors.flush(.milliseconds(500))
            exit(ended.code)
        } catch {
            refuse("\(error)")
        }
    }

    /// Ends the start before there is a log.
    private static func refuse(_ reason: String) -> Never {
        let text = "crond: cannot start: \(reason)\n"
        _ = text.withCString { write(2, $0, strlen($0)) }
        exit(71)
    }

    /// Written by the service's last step, read after the loop ended.
    private final class ExitCode: @unchecked Sendable {
        var code: Int32 = 70
    }

    /// Answers a table verb from the store, where no service runs. Blocking.
    public static func answerFromStore(_ request: ControlRequest, _ configuration: Configuration) throws(ControlRefusal) -> [ControlPart] {
        guard let loop = try? EventLoop() else { throw ControlRefusal("no event loop can be made") }
        let box = AnswerBox()
        Task(executorPreference: loop) {
            do throws(ControlRefusal) {
                box.answer = .success(try await StoreAnswers.answer(request, configuration))
            } catch {
                box.answer = .failure(error)
            }
            loop.stop()
        }
        let limit = Duration.seconds(60)
        loop.after(limit) {
            box.answer = .failure(ControlRefusal("the store did not answer within \(limit.wholeSeconds) s"))
            loop.stop()
        }
        loop.run()
        return try box.answer.get()
    }

    private final class AnswerBox: @unchecked Sendable {
        var answer = Result<[ControlPart], ControlRefusal>.failure(ControlRefusal("no answer"))
    }
}
