import CLinux
import CronExpressions
import CronJobs
import CronProcesses
import Testing

@Suite(.timeLimit(.minutes(2)))
struct OutputTests {
    @Test("Both streams arrive line by line before the finish; a last line needs no newline")
    func lines() async throws {
        let harness = try Harness()
        let finish = try #require(await harness.run("echo one; echo two >&2; printf 'three'"))
        #expect(harness.sink.text(.stdout) == "one\nthree")
        #expect(harness.sink.text(.stderr) == "two")
        #expect(harness.sink.pieces.allSatisfy { !$0.late && !$0.continued })
        #expect(finish.tail.count == "one\ntwo\nthree".utf8.count)
    }

    @Test("64 KiB on both streams at once")
    func bothStreams() async throws {
        let harness = try Harness()
        let finish = await harness.run("head -c 65536 /dev/zero | tr '\\0' a & head -c 65536 /dev/zero | tr '\\0' b >&2; wait")
        #expect(finish?.outcome == .succeeded)
        for stream in OutputStream.allCases {
            #expect(harness.sink.pieces.filter { $0.stream == stream }.reduce(0) { $0 + $1.bytes.count } == 65_536)
        }
        #expect(finish?.tail.count == 4096)
    }

    @Test("A line of 1 MiB comes in continued pieces")
    func longLine() async throws {
        let harness = try Harness()
        _ = await harness.run("head -c 1048576 /dev/zero | tr '\\0' x; echo; echo end")
        let pieces = harness.sink.pieces
        #expect(pieces.count == 65)
        #expect(pieces.dropLast().dropLast().allSatisfy { $0.continued && $0.bytes.count == 16_384 })
        #expect(pieces.suffix(2).map(\.continued) == [false, false])
        #expect(pieces.last?.text == "end")
    }

    @Test("Bytes that are no text arrive as they are")
    func binary() async throws {
        let harness = try Harness()
        _ = await harness.run("printf '\\377\\000\\001\\n\\n\\200'")
        #expect(harness.sink.pieces.map(\.bytes) == [[255, 0, 1], [], [128]])
    }

    @Test("Raw mode keeps newlines where they are; log=none keeps the tail only")
    func modes() async throws {
        var settings = JobPolicies.Values()
        settings.log = .raw
        var harness = try Harness()
        _ = await harness.run(.shell("printf 'a\\n\\nb'", settings: settings))
        #expect(harness.sink.pieces.flatMap(\.bytes) == Array("a\n\nb".utf8))
        settings.log = .none
        harness = try Harness()
        let finish = await harness.run(.shell("echo hidden", settings: settings))
        #expect(harness.sink.pieces.isEmpty)
        #expect(finish?.tail == Array("hidden\n".utf8))
    }

    @Test("A secret of the job's environment is masked wherever a read cuts it, in the log, in raw output and in what is kept")
    func secrets() async throws {
        for mode in LogMode.allCases {
            var policies = JobPolicies.Values()
            policies.log = mode
            let harness = try Harness()
            let variables = Variables([.init(name: "API_TOKEN", value: "hunter22-hunter23")])
            let text = "for part in hunt er22-hu nter23; do printf %s $part; sleep 0.05; done; echo; echo $API_TOKEN >&2; printf hunter22"
            let finish = await harness.run(.shell(text, variables: variables, settings: policies))
            let written = Dictionary(grouping: harness.sink.pieces, by: \.stream).mapValues { $0.flatMap(\.bytes) }
            if mode != .none {
                #expect(written[.stdout].map { String(decoding: $0, as: UTF8.self) } == (mode == .raw ? "***\nhunter22" : "***hunter22"))
                #expect(written[.stderr].map { String(decoding: $0, as: UTF8.self) } == (mode == .raw ? "***\n" : "***"))
            }
            let tail = String(decoding: try #require(finish?.tail), as: UTF8.self)
            #expect(tail.filter { $0 == "*" }.count == 6 && tail.contains("hunter22") && !tail.contains("hunter23"), "\(tail)")
        }
    }

    @Test("A process left behind does not hold the run; what it writes comes late")
    func leftBehind() async throws {
        let harness = try Harness()
        let gate = Gate()
        let finish = try #require(await harness.run("echo early; (read line < \(gate.path); echo late) &"))
        #expect(finish.outcome == .succeeded)
        #expect(harness.sink.pieces.map(\.text) == ["early"])
        gate.open(1)
        await harness.sink.wait { $0.count == 2 }
        #expect(harness.sink.pieces.last?.text == "late")
        #expect(harness.sink.pieces.last?.late == true)
        #expect(finish.tail == Array("early\n".utf8))
    }

    @Test("While the sink is congested output stays in the pipe, and nothing is lost")
    func congestion() async throws {
        let harness = try Harness()
        harness.sink.setCongested(true)
        await harness.start([.shell("head -c 300000 /dev/zero | tr '\\0' z; echo")])
        _ = await harness.reporter.starts(1)
        // A short run beside it ends all the same; its output waits.
        await harness.start([.shell("echo short", number: 1)])
        let short = await harness.reporter.finishes(1)
        #expect(short.first?.run.job == JobID("job-1"))
        #expect(harness.sink.pieces.isEmpty)
        harness.sink.setCongested(false)
        _ = await harness.reporter.finishes(2)
        await harness.sink.wait { $0.contains { $0.text == "short" } }
        #expect(harness.sink.pieces.filter { $0.run.job == JobID("job-0") }.reduce(0) { $0 + $1.bytes.count } == 300_000)
        #expect(harness.sink.pieces.first { $0.text == "short" }?.late == true)
    }

    @Test("Input is read from the start, and without any it is empty")
    func input() async throws {
        let harness = try Harness()
        _ = await harness.run(.shell("cat; cat", input: "first\nsecond\n"))
        #expect(harness.sink.text(.stdout) == "first\nsecond")
        let second = try Harness()
        #expect(await second.run("cat; readlink /proc/self/fd/0")?.outcome == .succeeded)
        #expect(second.sink.text(.stdout) == "/dev/null")
    }
}
