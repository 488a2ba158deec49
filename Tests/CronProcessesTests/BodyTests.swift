import CLinux
import CronJobs
import CronProcesses
import Testing

@Suite("A job's body") struct BodyTests {
    static func attempt(_ text: String, body: String, input: String? = nil, user: String? = nil) -> Attempt {
        var attempt = Attempt.shell(text, input: input, user: user)
        attempt.body = Array(body.utf8)
        return attempt
    }

    @Test("comes on standard input and as a file of its own, and is never shell text") func inputAndFile() async throws {
        let harness = try Harness()
        let body = "$(touch /tmp/x) `id`; \"'\\ é\nsecond line"
        let finish = await harness.run(Self.attempt("cat; echo; echo --; cat \"$CRON_BODY_FILE\"", body: body))
        #expect(finish?.outcome == .succeeded)
        await harness.sink.wait { $0.count >= 5 }
        #expect(harness.sink.text(.stdout) == body + "\n--\n" + body)
    }

    @Test("Input of a run that no table has is no file: it comes in memory, whatever its bytes, and there is no variable of it")
    func inputAlone()
        async throws
    {
        let harness = try Harness()
        var attempt = Attempt.shell("od -An -tx1 | tr -d ' '; echo ${CRON_BODY_FILE:-none}; readlink /proc/self/fd/0")
        attempt.input = [0xFF, 0x00, 0x0A]
        #expect(await harness.run(attempt)?.outcome == .succeeded)
        await harness.sink.wait { $0.count >= 3 }
        let lines = harness.sink.pieces.map(\.text)
        #expect(lines.prefix(2) == ["ff000a", "none"] && lines.last?.hasPrefix("/memfd:") == true, "\(lines)")
    }

    @Test("leaves the input of the table's % as it is") func percentInput() async throws {
        let harness = try Harness()
        _ = await harness.run(Self.attempt("cat; cat \"$CRON_BODY_FILE\"", body: "body\n", input: "input\n"))
        await harness.sink.wait { $0.count >= 2 }
        #expect(harness.sink.text(.stdout) == "input\nbody")
    }

    @Test("is readable for the job's user alone, and gone after the run") func ownership() async throws {
        let harness = try Harness()
        _ = await harness.run(Self.attempt("stat -c '%a %u' \"$CRON_BODY_FILE\"; echo $CRON_BODY_FILE", body: "secret"))
        await harness.sink.wait { $0.count >= 2 }
        let lines = harness.sink.pieces.map(\.text)
        #expect(lines.first == "600 \(getuid())")
        let path = try #require(lines.last)
        #expect(path.hasPrefix("/") && access(path, F_OK) != 0)
    }

    @Test("belongs to another user where the job does", .enabled(if: getuid() == 0, "only root can switch users")) func foreignUser()
        async throws
    {
        let harness = try Harness()
        await harness.users.resolve(["65534:65534"])
        let finish = await harness.run(
            Self.attempt("stat -c '%a %u:%g' \"$CRON_BODY_FILE\"; cat \"$CRON_BODY_FILE\"", body: "b\n", user: "65534:65534"))
        #expect(finish?.outcome == .succeeded)
        await harness.sink.wait { $0.count >= 2 }
        #expect(harness.sink.text(.stdout) == "600 65534:65534\nb")
    }

    @Test("is gone too when its run is cancelled, and when its program cannot be reached") func otherEnds() async throws {
        let harness = try Harness(), gate = Gate()
        let long = Self.attempt("echo $CRON_BODY_FILE; read line < \(gate.path)", body: "b")
        await harness.start([long])
        await harness.sink.wait { !$0.isEmpty }
        let path = try #require(harness.sink.pieces.first?.text)
        #expect(access(path, F_OK) == 0)
        await harness.runner.cancel([long.run], as: .cancelled)
        let finish = await harness.reporter.finishes(1).first
        #expect(finish?.outcome == .cancelled)
        #expect(access(path, F_OK) != 0)
        let other = try Harness()
        var settings = JobPolicies.Values()
        settings.directory = "/there/is/none"
        var unreachable = Attempt.shell("true", settings: settings)
        unreachable.body = [1]
        #expect(await other.run(unreachable)?.outcome == .launchFailed(stage: "chdir"))
    }

    @Test("A job without one has no variable of it, whatever the container says") func none() async throws {
        let harness = try Harness(environment: ["PATH=/usr/bin:/bin", "CRON_BODY_FILE=/etc/passwd"])
        _ = await harness.run("echo ${CRON_BODY_FILE:-none}; cat")
        await harness.sink.wait { !$0.isEmpty }
        #expect(harness.sink.text(.stdout) == "none")
    }
}
