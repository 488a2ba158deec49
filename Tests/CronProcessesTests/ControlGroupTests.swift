import CLinux
import CronExpressions
import CronJobs
import Testing

@testable import CronProcesses

/// A folder that looks like a tree of control groups, as far as files can.
private final class FakeTree {
    let path = "/tmp/groups-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

    init(controllers: String = "cpuset cpu io memory pids", processes: String = "") {
        mkdir(path, 0o755)
        write("cgroup.controllers", controllers + "\n")
        write("cgroup.subtree_control", "")
        write("cgroup.type", "domain\n")
        write("cgroup.procs", processes)
    }

    deinit { remove(path) }

    func write(_ name: String, _ text: String) {
        let file = cl_open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        _ = text.withCString { CLinux.write(file, $0, strlen($0)) }
        close(file)
    }

    func text(_ name: String) -> String? {
        ProcessTable.contents("\(path)/\(name)", limit: 4096).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The folders of runs, by name.
    var runs: [String] { Self.names(path).filter { $0.hasPrefix("crond-run-") }.sorted() }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    private func remove(_ path: String) {
        for name in Self.names(path) where unlink("\(path)/\(name)") != 0 { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

@Suite("Control groups of runs", .timeLimit(.minutes(2)))
struct ControlGroupTests {
    private func limited(_ change: (inout ResourceLimits) -> Void) -> JobPolicies.Values {
        var values = JobPolicies.Values()
        change(&values.limits)
        return values
    }

    @Test("Where a process stands, by what the kernel says of groups and mounts")
    func places() {
        let own = ControlGroupPlace(
            membership: "0::/docker/abc\n", mounts: "31 24 0:27 /docker/abc /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n")
        #expect(own.unified == "/sys/fs/cgroup" && own.memory == nil)
        let inside = ControlGroupPlace(
            membership: "0::/system.slice/crond.service\n", mounts: "31 24 0:27 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup rw\n")
        #expect(inside.unified == "/sys/fs/cgroup/system.slice/crond.service")
        let old = ControlGroupPlace(
            membership: "4:memory:/x/y\n1:cpu:/\n0::/\n",
            mounts: "40 30 0:30 /x /m rw - cgroup cgroup rw,memory\n41 30 0:31 / /u rw - cgroup2 cgroup2 rw\nnonsense\n")
        #expect(old == ControlGroupPlace(unified: "/u", memory: "/m/y"))
        let outside = ControlGroupPlace(membership: "0::/../other\n", mounts: "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n")
        #expect(outside.unified == nil)
        #expect(ControlGroupPlace(membership: "", mounts: "") == ControlGroupPlace(unified: nil, memory: nil))
    }

    @Test("What is in the way is said before anything is touched")
    func obstacles() {
        func obstacle(_ folder: String?, _ unified: String? = nil, own: [Int32] = [7]) -> String? {
            ControlGroups(folder: folder, place: ControlGroupPlace(unified: unified, memory: nil), own: own).obstacle
        }
        #expect(obstacle(nil) == "there is no cgroup v2 here")
        #expect(obstacle("/no/such/tree") == "/no/such/tree is no group of cgroup v2")
        let poor = FakeTree(controllers: "cpu pids")
        #expect(obstacle(poor.path) == "the control group \(poor.path) has no controller for memory")
        let shared = FakeTree(processes: "7\n8\n")
        #expect(obstacle(nil, shared.path) == "other processes stand in the control group \(shared.path): process 8")
        #expect(obstacle(nil, shared.path, own: [7, 8]) == nil)
        #expect(obstacle(shared.path) == nil, "a group that we are given is ours")
        #expect(shared.text("cgroup.subtree_control") == "" && shared.runs.isEmpty)
    }

    @Test("A run with such limits enters a group of its own that has them; others do not")
    func enters() async throws {
        let tree = FakeTree()
        let harness = try Harness { $0.groups = ControlGroups(folder: tree.path) }
        let policies = limited {
            $0.memory = 64 << 20
            $0.milliCPU = 500
        }
        #expect(await harness.run(.shell("true", settings: policies))?.outcome == .succeeded)
        #expect(tree.text("cgroup.subtree_control") == "+cpu +memory")
        let run = try #require(tree.runs.first)
        #expect(tree.text("\(run)/memory.max") == "67108864" && tree.text("\(run)/memory.oom.group") == "1")
        #expect(tree.text("\(run)/cpu.max") == "50000 100000")
        #expect(tree.text("\(run)/cgroup.procs") == "0", "the child itself")
        await harness.start([.shell("true", number: 1)])
        _ = await harness.reporter.finishes(2)
        #expect(tree.runs.count == 1)
    }

    @Test("In its own group the service makes room for those of the runs, once there is one")
    func ownGroup() async throws {
        let tree = FakeTree(processes: "\(getpid())\n")
        let groups = ControlGroups(folder: nil, place: ControlGroupPlace(unified: tree.path, memory: nil), own: [getpid()])
        let harness = try Harness { $0.groups = groups }
        #expect(await harness.run(.shell("true"))?.outcome == .succeeded)
        #expect(tree.text("crond-service/cgroup.procs") == nil)
        await harness.start([.shell("true", number: 1, settings: limited { $0.memory = 1 << 20 })])
        #expect(await harness.reporter.finishes(2).last?.outcome == .succeeded)
        #expect(tree.text("crond-service/cgroup.procs") == "\(getpid())")
        let again = ControlGroups(
            folder: nil, place: ControlGroupPlace(unified: "\(tree.path)/crond-service", memory: nil), own: [getpid()])
        #expect(again.obstacle == nil, "started again from there, the base is the same")
    }

    @Test(
        "A KILL that was not ours, while the group counts one for want of memory, is failed(oom); so is the shell's word for it",
        arguments: ["kill -KILL $$", "exit 137"])
    func outOfMemory(_ end: String) async throws {
        let tree = FakeTree()
        let harness = try Harness { $0.groups = ControlGroups(folder: tree.path) }
        let policies = limited { $0.memory = 64 << 20 }
        let count = "d=$(echo \(tree.path)/crond-run-*); echo 'oom_kill 1' > $d/memory.events"
        let killed = try #require(await harness.run(.shell("\(count); \(end)", settings: policies)))
        #expect(killed.outcome == .failed(.outOfMemory))
    }

    @Test("Without such a count it is a signal like others; and a run that we ended is what it was asked to be")
    func otherKills() async throws {
        let tree = FakeTree()
        let harness = try Harness { $0.groups = ControlGroups(folder: tree.path) }
        var policies = limited { $0.memory = 64 << 20 }
        #expect(await harness.run(.shell("kill -KILL $$", settings: policies))?.outcome == .failed(.signal(SIGKILL)))
        policies.timeout = .milliseconds(500)
        policies.killAfter = .zero
        let count = "d=$(ls -d \(tree.path)/crond-run-* | tail -1); echo 'oom_kill 1' > $d/memory.events"
        await harness.start([.shell("\(count); sleep 60", number: 1, settings: policies)])
        #expect(await harness.reporter.finishes(2).last?.outcome == .timedOut)
    }

    @Test("A run without a group is judged by the count of our surroundings", arguments: [(0, false), (1, true)])
    func surroundings(_ rise: Int, _ isMemory: Bool) async throws {
        let tree = FakeTree()
        tree.write("memory.events", "low 0\noom 3\noom_kill 3\n")
        let harness = try Harness { $0.memoryEvents = "\(tree.path)/memory.events" }
        let text = "echo 'oom_kill \(3 + rise)' > \(tree.path)/memory.events; kill -KILL $$"
        #expect(await harness.run(text)?.outcome == (isMemory ? .failed(.outOfMemory) : .failed(.signal(SIGKILL))))
    }

    @Test("Where no group can be made the run goes on without its limits; where one fails, it does not start")
    func withoutGroup() async throws {
        let harness = try Harness { $0.groups = ControlGroups(folder: "/no/such/tree") }
        let policies = limited { $0.memory = 64 << 20 }
        #expect(await harness.run(.shell("true", settings: policies))?.outcome == .succeeded)
        let tree = FakeTree()
        let failing = try Harness { $0.groups = ControlGroups(folder: tree.path) }
        rename(tree.path, tree.path + ".gone")
        defer { rename(tree.path + ".gone", tree.path) }
        let finish = try #require(await failing.run(.shell("true", settings: policies)))
        #expect(finish.outcome == .launchFailed(stage: "cgroup"))
        #expect(finish.reason?.hasPrefix(tree.path) == true, "\(finish.reason ?? "")")
    }
}
