import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite(
    "Starts that hang", .enabled(if: HungFolder.isPossible, "needs root and /dev/fuse"), .serialized, .timeLimit(.minutes(2)))
struct HangingTests {
    /// As root, in a folder that does not answer.
    private func hung(_ folder: HungFolder, number: Int) -> Attempt {
        var settings = JobPolicies.Values()
        settings.directory = folder.path
        return .shell("true", number: number, settings: settings)
    }

    private func asUser(_ number: Int, home folder: HungFolder? = nil, deadline: WallTime? = nil) -> Attempt {
        let variables = folder.map { Variables([.init(name: "HOME", value: $0.path)]) } ?? .none
        return .shell("true", number: number, user: "61401:61401", variables: variables, startDeadline: deadline)
    }

    @Test("While cwd, HOME and SHELL of some jobs do not answer, others start")
    func othersStart() async throws {
        let folder = try #require(HungFolder()), harness = try Harness()
        let shell = Variables([.init(name: "SHELL", value: "\(folder.path)/sh")])
        await harness.start([
            hung(folder, number: 1), hung(folder, number: 2), asUser(3, home: folder), asUser(4),
            .shell("true", number: 5, variables: shell),
        ])
        await harness.start((10..<40).map { .shell("echo \($0)", number: $0) })
        let finishes = await harness.reporter.finishes(30)
        #expect(finishes.count == 30 && finishes.allSatisfy { $0.outcome == .succeeded })
        #expect(await harness.runner.running == 4)
        #expect(await harness.runner.queued == 1, "it waits behind its user's other start")
        await harness.runner.stop(patience: .seconds(600))
        let outcomes = await harness.reporter.events.finishes.dropFirst(30).map(\.outcome)
        #expect(outcomes == Array(repeating: .cancelled, count: 5))
        #expect(await harness.reporter.events.starts.count == 30)
    }

    @Test("Beyond its grace a start that hangs is killed, and what waited behind it goes on")
    func grace() async throws {
        let folder = try #require(HungFolder()), harness = try Harness()
        let soon = SystemTime().wall + .seconds(1)
        await harness.start([asUser(1, home: folder, deadline: soon), asUser(2)])
        let finishes = await harness.reporter.finishes(2)
        #expect(finishes.first?.outcome == .launchFailed(stage: "stalled"))
        #expect(finishes.first?.reason?.contains("does not answer") == true)
        #expect(finishes.last?.outcome == .succeeded)
        #expect(await harness.reporter.events.starts.map(\.run.job) == [JobID("job-2")])
    }

    @Test("Cancelling ends a start that hangs")
    func cancelled() async throws {
        let folder = try #require(HungFolder()), harness = try Harness()
        await harness.start([hung(folder, number: 1)])
        #expect(await harness.runner.cancel([hung(folder, number: 1).run], as: .timedOut) == [hung(folder, number: 1).run])
        let finishes = await harness.reporter.finishes(1)
        #expect(finishes.map(\.outcome) == [.timedOut])
        #expect(await harness.reporter.events.starts.isEmpty)
    }

    @Test("The body's file of a start that was given up is removed")
    func bodyFile() async throws {
        let folder = try #require(HungFolder()), harness = try Harness()
        var attempt = asUser(1, home: folder)
        attempt.body = Array("x".utf8)
        await harness.start([attempt])
        await harness.runner.stop(patience: .zero)
        #expect(await harness.reporter.events.finishes.map(\.outcome) == [.cancelled])
        while bodyFiles(of: 61401) > 0 { await Task.yield() }
    }

    private func bodyFiles(of uid: UInt32) -> Int {
        guard let folder = opendir("/run") else { return 0 }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var facts = stat()
            if name.hasPrefix("crond-body-"), stat("/run/\(name)", &facts) == 0, facts.st_uid == uid { count += 1 }
        }
        return count
    }
}

@Suite("What a switched user is left with", .enabled(if: getuid() == 0, "needs root"))
struct PrivilegeTests {
    @Test("No capability, and a process that its user can look into as ever")
    func switched() async throws {
        let harness = try Harness()
        _ = await harness.run(.shell("grep ^Cap /proc/self/status; stat -c %u /proc/self/environ", user: "61402:61402"))
        let lines = harness.sink.pieces.map(\.text)
        #expect(
            lines.filter { !$0.hasPrefix("CapBnd") }.dropLast()
                == ["CapInh", "CapPrm", "CapEff", "CapAmb"].map { "\($0):\t0000000000000000" })
        #expect(lines.last == "61402", "dumpable: its files in /proc are its user's")
    }
}
