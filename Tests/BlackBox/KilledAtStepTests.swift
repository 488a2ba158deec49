import CronJobs
internal import Glibc
internal import Testing

@Suite("Crond is killed at each step of a run's end", .serialized, .first, .timeLimit(.minutes(4)))
struct KilledAtStepTests {
    /// What is going on while it is killed.
    enum Scenario: String, CaseIterable, CustomTestStringConvertible {
        case timeout, cancel, replace, queue
        case replaceOverRedis = "replace over a Redis"

        var testDescription: String { rawValue }

        /// Of the job `j`, whose runs write down that they begin.
        var directives: String {
            switch self {
            case .timeout: "timeout=1s kill-after=1s"
            case .cancel: "kill-after=1s"
            case .replace: "overlap=replace kill-after=1s"
            case .queue: "overlap=queue(1)"
            case .replaceOverRedis: "overlap=replace kill-after=1s host=one"
            }
        }

        /// With `timeout` it takes a KILL to end it.
        var command: String {
            let begins = "echo $CRON_RUN_ID >> $OUT/ids; while [ ! -e $OUT/go ]; do sleep 0.05; done"
            return self == .timeout ? "trap '' TERM; \(begins)" : begins
        }

        /// So many runs are asked for in all.
        var asksTwice: Bool { self != .timeout && self != .cancel }
        /// Steps that are known to be among its own.
        var landmarks: Set<String> {
            switch self {
            case .timeout: ["TERM", "KILL", "reap", "commit"]
            case .cancel, .replace: ["TERM", "reap", "commit"]
            case .queue: ["reap", "commit"]
            case .replaceOverRedis: ["TERM", "reap", "send"]
            }
        }
    }

    /// One life that may end at a moment, and the next one.
    private struct Try {
        let scenario: Scenario
        let plain: Plain
        let redis: Redis?

        init(_ scenario: Scenario, _ plain: Plain) async throws {
            self.scenario = scenario
            self.plain = plain
            redis = scenario == .replaceOverRedis ? try await Redis(in: plain) : nil
            try await redis?.beKnown()
            plain.folder.write("crontab", "# crond: name=j \(scenario.directives)\n0 0 1 1 * \(scenario.command)\n")
        }

        private var ids: [String] { plain.folder.lines("out/ids") }

        private func start(_ environment: [String: String] = [:]) async throws -> Daemon {
            try await plain.start(nil, ["--host", "one"], environment: environment, store: redis?.url)
        }

        /// What became of all runs, as the ledger has it.
        private func rows() async throws -> [RunSnapshot] {
            try await plain.verb("runs", "--json").lines.map { try RunSnapshot(json: JSONReader.read(Array($0.utf8))) }
        }

        private func isOver(_ run: String) async throws -> Bool {
            try await rows().contains { "\($0.run)" == run && $0.outcome != nil }
        }

        private func trigger() async throws { _ = try await plain.verb("trigger", "j") }

        /// Until all is over, or it is killed.
        private func play(_ service: Daemon) async throws {
            try await trigger()
            try await eventually("the first run") { ids.count == 1 }
            DeadlyStep.arm(in: plain.folder)
            switch scenario {
            case .timeout: break
            case .cancel: _ = try await plain.verb("cancel", ids[0])
            case .replace, .queue, .replaceOverRedis: try await trigger()
            }
            if scenario == .queue { plain.folder.write("out/go", "") }
            let first = ids[0]
            try await eventually("the first run's outcome") {
                if !service.isRunning { return true }
                return try await isOver(first)
            }
            guard scenario.asksTwice else { return }
            try await eventually("the second run") { !service.isRunning || ids.count == 2 }
            plain.folder.write("out/go", "")
            try await eventually("the second run's outcome") {
                if !service.isRunning { return true }
                return try await rows().filter { $0.outcome != nil }.count == 2
            }
        }

        /// Answers the steps; the last is the one at which it was killed, if it was.
        func run(_ environment: [String: String]) async throws -> [String] {
            let first = try await start(environment)
            try await play(first)
            let steps = plain.folder.lines("steps")
            // The question that showed the end may have been its last step, too: whatever is still there, dies now.
            if first.isRunning { try? first.signal(SIGKILL) }
            _ = try await first.end()
            try await judge(try await start(), steps.last ?? "before anything")
            return steps
        }

        /// Each run has one outcome that fits what became of it; nothing was started twice, and nothing is left.
        private func judge(_ service: Daemon, _ step: String) async throws {
            plain.folder.write("out/go", "")
            var rows: [RunSnapshot] = []
            try await eventually("an outcome of all, killed \(step)") {
                rows = try await self.rows()
                return !rows.isEmpty && rows.allSatisfy { $0.outcome != nil }
            }
            #expect(Set(rows.map { "\($0.run) \($0.attempt)" }).count == rows.count, "killed \(step): \(rows)")
            #expect(Set(ids).count == ids.count, "killed \(step): \(ids)")
            #expect(Set(ids).isSubset(of: Set(rows.map { "\($0.run)" })), "killed \(step): what ran is known: \(rows)")
            for row in rows {
                let ran = ids.contains("\(row.run)"), outcome = row.outcome.map { "\($0)" } ?? ""
                let fitting =
                    ran
                    ? ["succeeded", "timedOut", "cancelled", "cancelled(replaced)", "interrupted", "unknown(adopted)"]
                    : ["interrupted", "cancelled", "cancelled(replaced)"]
                #expect(fitting.contains(outcome), "killed \(step): \(row)")
            }
            #expect(try await service.stop() == 0)
            try await eventually("killed \(step): nothing is left", within: .seconds(3)) { plain.survivors.isEmpty }
        }
    }

    @Test(
        "Before and after each commit, signal, reap and word to the server: one outcome each, nothing twice", arguments: Scenario.allCases)
    func everyStep(_ scenario: Scenario) async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        guard let deadly = try await DeadlyStep(in: folder) else { throw Complaint("there is no C compiler") }
        @Sendable func play(_ moment: Int) async throws -> [String] {
            var steps: [String] = []
            try await Plain.use { plain in
                let place = try await Try(scenario, plain)
                steps = try await place.run(deadly.environment(at: moment, in: plain.folder))
            }
            return steps
        }
        let steps = try await play(0)
        #expect(scenario.landmarks.isSubset(of: Set(steps.compactMap { $0.split(separator: " ").last.map(String.init) })), "\(steps)")
        // So many at a time: most of each is waiting.
        for batch in stride(from: 1, through: steps.count, by: 6) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for moment in batch..<min(batch + 6, steps.count + 1) { group.addTask { _ = try await play(moment) } }
                try await group.waitForAll()
            }
        }
    }
}
