import CronExpressions
import CronJobs
import CronTesting
import Testing

@Suite("What a job does, and who carries it out") struct ActionTests {
    private let clocks = ManualClocks(wall: WallTime(nanoseconds: 1_700_000_000_000_000_000))

    private actor Reports: RunReporter {
        private(set) var finishes: [Finish] = []
        func report(_ events: [RunEvent]) async {
            for case .finished(let finish) in events { finishes.append(finish) }
        }
    }

    private func attempt(_ name: String, _ action: Action) -> Attempt {
        Attempt(
            run: RunID(job: JobID(name), .scheduled(Instant(60))), fence: 7, trigger: .scheduled,
            job: Job(id: JobID(name), timing: .startup, action: action), scheduledAt: Instant(60))
    }

    @Test("Rare actions do not make a job larger than its command does") func size() {
        #expect(MemoryLayout<Action>.size == MemoryLayout<Command>.size)
        struct WithCommand {
            var id: JobID, timing: Job.Timing, command: Command, policies: JobPolicies
        }
        #expect(MemoryLayout<Job>.stride == MemoryLayout<WithCommand>.stride)
    }

    @Test("Each attempt goes to the runner of its action, in order") func routing() async {
        let commands = RecordingRunner(clocks: clocks), handlers = RecordingRunner(clocks: clocks)
        let router = RunnerRouter(clocks: clocks, commands: commands, handlers: handlers)
        let reports = Reports()
        await router.start(
            [
                attempt("a", .command(Command(text: "true"))), attempt("h", .handler(HandlerCall(name: "clean", input: [1]))),
                attempt("b", .command(Command(text: "true"))),
            ], reportingTo: reports)
        #expect(await commands.attempts.map(\.run.job.description) == ["a", "b"])
        #expect(await handlers.attempts.map(\.run.job.description) == ["h"])
        #expect(await Set(router.runs.map(\.job.description)) == ["a", "b", "h"])
        #expect(await reports.finishes.isEmpty)
    }

    @Test("What nobody can carry out fails at its launch, in words") func nobody() async {
        let router = RunnerRouter(clocks: clocks, commands: RecordingRunner(clocks: clocks))
        let reports = Reports()
        await router.start([attempt("p", .publish(Publication(exchange: "notices", key: "x")))], reportingTo: reports)
        let finish = await reports.finishes.first
        #expect(finish?.outcome == .launchFailed(stage: "action") && finish?.fence == 7)
        #expect(finish?.reason == "this program cannot carry out: publish to notices, key x")
    }

    @Test("A cancellation reaches the runner that has the run; the run is what it was asked to be") func cancellation() async {
        let commands = RecordingRunner(clocks: clocks), handlers = RecordingRunner(clocks: clocks)
        let router = RunnerRouter(clocks: clocks, commands: commands, handlers: handlers)
        let reports = Reports()
        let ours = attempt("h", .handler(HandlerCall(name: "clean")))
        await router.start([ours, attempt("a", .command(Command(text: "true")))], reportingTo: reports)
        let stranger = RunID(job: JobID("x"), .scheduled(Instant(0)))
        #expect(await router.cancel([ours.run, stranger], as: .replaced, killAfter: nil) == [ours.run])
        #expect(await reports.finishes.map(\.outcome) == [.replaced])
        #expect(await commands.cancellations.isEmpty)
        await router.stop(patience: .zero, killAfter: .zero)
        #expect(await reports.finishes.map(\.outcome) == [.replaced, .cancelled])
    }

    @Test(
        "Every outcome is read as it is written",
        arguments: [Outcome.cancelled, .replaced, .timedOut, .failed(.outOfMemory), .skipped(.overlap), .launchFailed(stage: "action")])
    func outcomes(_ outcome: Outcome) { #expect(Outcome(outcome.description) == outcome) }

    @Test("A replaced run is a kind of cancelled one") func replaced() {
        #expect(Outcome.replaced.description == "cancelled(replaced)")
        #expect(!Outcome.replaced.invitesRetry)
        #expect(RunEnding.replaced.outcome == .replaced)
    }
}
