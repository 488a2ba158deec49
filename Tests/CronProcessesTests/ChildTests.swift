import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite(.timeLimit(.minutes(2)))
struct ChildTests {
    @Test("A child has the descriptors 0, 1 and 2 and no other")
    func descriptors() async throws {
        let inherited = open("/dev/null")
        defer { close(inherited) }
        let harness = try Harness()
        _ = await harness.run(.shell("exec ls /proc/self/fd", input: "x"))
        // ls itself opens the directory as 3.
        #expect(harness.sink.text(.stdout) == "0\n1\n2\n3")
    }

    /// Not closed on exec, as a descriptor that somebody handed to us.
    private func open(_ path: String) -> Int32 { cl_open(path, O_RDONLY, 0) }

    @Test("A child has an empty signal mask and default dispositions")
    func signals() async throws {
        cl_ignore_signal(SIGPIPE)
        cl_ignore_signal(SIGUSR1)
        let harness = try Harness()
        // cat: other programs catch signals of their own.
        _ = await harness.run("exec cat /proc/self/status")
        let masks = harness.sink.pieces.map(\.text).filter { line in ["SigBlk", "SigIgn", "SigCgt"].contains { line.hasPrefix($0) } }
        #expect(masks == ["SigBlk:\t0000000000000000", "SigIgn:\t0000000000000000", "SigCgt:\t0000000000000000"])
    }

    @Test("A child leads a session of its own; umask, nice value and limit of files are as asked")
    func attributes() async throws {
        var settings = JobPolicies.Values()
        settings.umask = 0o027
        settings.directory = "/usr"
        settings.nice = 5
        let harness = try Harness { $0.originalFileLimit = 123 }
        let script = "cut -d' ' -f5,6 /proc/$$/stat; echo $$ $$; umask; ulimit -Sn; nice; pwd"
        _ = await harness.run(.shell(script, settings: settings))
        let lines = harness.sink.pieces.map(\.text)
        #expect(lines.count == 6)
        #expect(lines.first == lines.dropFirst().first)
        #expect(lines.dropFirst(2) == ["0027", "123", "5", "/usr"])
    }

    @Test("Limits are its own, soft and hard, whatever the service may")
    func limits() async throws {
        var settings = JobPolicies.Values()
        settings.limits.files = 40
        settings.limits.addressSpace = 1 << 30
        settings.limits.cpuTime = .seconds(7)
        let harness = try Harness { $0.originalFileLimit = 123 }
        _ = await harness.run(.shell("ulimit -Sn; ulimit -Hn; ulimit -Sv; ulimit -Hv; ulimit -St; ulimit -Ht", settings: settings))
        #expect(harness.sink.pieces.map(\.text) == ["40", "40", "1048576", "1048576", "7", "8"])
    }

    @Test(
        "A limit or nice value that is not ours to give is a failed launch that names it",
        .enabled(if: getuid() == 0, "sets a limit of root's"))
    func forbiddenLimit() async throws {
        var settings = JobPolicies.Values()
        settings.limits.files = 1 << 40
        let harness = try Harness()
        let finish = try #require(await harness.run(.shell("true", settings: settings)))
        #expect(finish.outcome == .launchFailed(stage: "limits"))
        #expect(finish.reason?.hasPrefix("limit-files=1099511627776: ") == true, "\(finish.reason ?? "")")
    }

    @Test("The environment says which attempt it is")
    func environment() async throws {
        let harness = try Harness(environment: ["PATH=/usr/bin:/bin", "CROND_SECRET=x", "KEEP=1", "HOME=/"])
        let variables = Variables([
            .init(name: "MINE", value: "a b"), .init(name: "HOME", value: "/usr"), .init(name: "USER", value: "forged"),
        ])
        _ = await harness.run(.shell("env; pwd", variables: variables))
        let lines = Set(harness.sink.pieces.map(\.text))
        #expect(
            lines.isSuperset(of: [
                "CRON_RUN_ID=job-0@1700000000", "CRON_JOB=job-0", "CRON_SCHEDULED_AT=2023-11-14T22:13:20Z", "CRON_ATTEMPT=1",
                "CRON_FENCE=7", "CRON_MISSED=2", "MINE=a b", "KEEP=1", "HOME=/usr", "/usr", "SHELL=/bin/sh",
                "USER=\(UserDirectory.ownUser().name)",
            ]))
        #expect(lines.contains { $0.hasPrefix("CRON_LATENESS_MS=") })
        #expect(!lines.contains { $0.hasPrefix("CROND_") })
    }

    @Test("A missing HOME becomes / with one warning")
    func missingHome() async throws {
        let harness = try Harness()
        let variables = Variables([.init(name: "HOME", value: "/no/such/home")])
        await harness.start((0..<3).map { .shell("pwd", number: $0, variables: variables) })
        _ = await harness.reporter.finishes(3)
        #expect(harness.sink.text(.stdout) == "/\n/\n/")
        #expect(harness.warnings.all.count == 1)
        #expect(harness.warnings.all.first?.subject.hasPrefix("/no/such/home of ") == true)
    }

    @Test(
        "Another user's job has that user's numbers and groups, and may open its outputs by name",
        .enabled(if: getuid() == 0, "only root can switch users"))
    func switchUser() async throws {
        let harness = try Harness(environment: ["PATH=/usr/bin:/bin", "LD_PRELOAD=/nowhere.so", "IFS=x"])
        await harness.users.resolve(["nobody", "4321:5432", "no-such-user"])
        let nobody = try #require(harness.users.cached("nobody"))
        #expect(harness.users.cached("no-such-user") == nil)
        let script = "id -u; id -g; id -G; echo named > /dev/stdout; env | grep -c -E '^(LD_|IFS)'; grep NoNewPrivs /proc/self/status"
        _ = await harness.run(.shell(script, user: "nobody"))
        let groups = nobody.groups.map(String.init).joined(separator: " ")
        #expect(harness.sink.pieces.map(\.text) == ["\(nobody.uid)", "\(nobody.gid)", groups, "named", "0", "NoNewPrivs:\t0"])
        let numeric = try Harness()
        var settings = JobPolicies.Values()
        settings.noNewPrivileges = true
        _ = await numeric.run(.shell(script, user: "4321:5432", settings: settings))
        #expect(numeric.sink.pieces.map(\.text) == ["4321", "5432", "5432", "named", "0", "NoNewPrivs:\t1"])
    }

    @Test("A numeric user without an entry never gets root's group")
    func numericUser() async {
        let users = UserDirectory()
        await users.resolve(["54321", "54321:0", "4294967295", "12x", ":5", "5:"])
        #expect(users.cached("54321")?.gid == 54_321)
        #expect(users.cached("54321:0")?.gid == 0)
        for name in ["4294967295", "12x", ":5", "5:"] { #expect(users.cached(name) == nil) }
    }
}

@Suite struct JobEnvironmentTests {
    private let user = User(name: "alice", uid: 1000, gid: 1000, groups: [1000], home: "/home/alice")

    @Test("The container's, the user's, the table's, in that order")
    func layers() {
        let variables = Variables([
            .init(name: "PATH", value: "/mine"), .init(name: "CRON_TZ", value: "UTC"), .init(name: "LD_LIBRARY_PATH", value: "/ok"),
            .init(name: "LOGNAME", value: "root"), .init(name: "CRON_RUN_ID", value: "forged"),
        ])
        let lines = JobEnvironment.base(
            container: ["PATH=/usr/bin", "HOME=/root", "LD_PRELOAD=x", "ENV=y", "CROND_STORE=z", "TZ=UTC", "nonsense", "=x", "TZ=second"],
            user: user, variables: variables, foreign: true)
        #expect(
            lines == [
                "PATH=/mine", "HOME=/home/alice", "TZ=UTC", "SHELL=/bin/sh", "CRON_TZ=UTC", "LD_LIBRARY_PATH=/ok", "LOGNAME=alice",
                "USER=alice",
            ])
    }

    @Test("Our own jobs keep the loader's variables; PATH and HOME have a last resort")
    func lastResorts() {
        let homeless = User(name: "4321", uid: 4321, gid: 4321, groups: [4321], home: nil)
        let lines = JobEnvironment.base(container: ["LD_PRELOAD=x"], user: homeless, variables: .none, foreign: false)
        #expect(lines == ["LD_PRELOAD=x", "HOME=/", "SHELL=/bin/sh", "LOGNAME=4321", "USER=4321", "PATH=\(JobEnvironment.standardPath)"])
    }

    @Test("What is told of a process is what the kernel says of it, also where it was not asked")
    func identities() async throws {
        let harness = try Harness(), gate = Gate()
        await harness.start((0..<60).map { .shell("read line < \(gate.path)", number: $0) })
        let identities = await harness.reporter.starts(60).compactMap(\.process)
        #expect(identities.count == 60)
        for identity in identities { #expect(ProcessTable.identity(of: identity.pid) == identity) }
        gate.open(60)
        _ = await harness.reporter.finishes(60)
    }
}
