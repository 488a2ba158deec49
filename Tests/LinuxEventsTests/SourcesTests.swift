import CLinux
import LinuxEvents
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SourcesTests {
    @Test("A wall timer fires at its time, and at once for a time that has passed", arguments: [20, -5000] as [Int64])
    func wallTimer(milliseconds: Int64) async throws {
        let thread = try LoopThread(), loop = thread.loop
        let kept = Kept<WallTimer?>(nil)
        let target = SystemClocks.wallNanoseconds() + milliseconds * 1_000_000
        let late: Int64 = try await thread.run { answer in
            kept.value = try WallTimer(loop: loop) { event in
                if event == .fired { answer(SystemClocks.wallNanoseconds() - target) }
            }
            kept.value?.arm(at: target)
        }
        #expect(late >= 0)
    }

    @Test("The furthest time is accepted and does not fire")
    func farTimer() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let kept = Kept<WallTimer?>(nil), fired = Kept(false)
        let result: Bool = try await thread.run { answer in
            kept.value = try WallTimer(loop: loop) { _ in fired.value = true }
            kept.value?.arm(at: .max)
            loop.after(.milliseconds(20)) { answer(fired.value) }
        }
        #expect(!result)
    }

    @Test("File changes are told with watch and name")
    func files() async throws {
        let thread = try LoopThread(), loop = thread.loop
        var template = Array("/tmp/watch-XXXXXX".utf8CString)
        _ = mkdtemp(&template)
        let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink("\(directory)/table"); rmdir(directory) }
        let kept = Kept<FileWatch?>(nil), id = Kept<Int32>(-1)
        let event: FileWatch.Event = try await thread.run { answer in
            kept.value = try FileWatch(loop: loop) { event in
                kept.value?.close()
                answer(event)
            }
            id.value = try kept.value?.add(directory, [.closedAfterWriting]) ?? -1
            close(cl_open("\(directory)/table", O_CREAT | O_WRONLY, 0o600))
        }
        #expect(event == .changed(id: id.value, mask: .closedAfterWriting, name: "table"))
    }

    @Test("A missing path is an error with a reason")
    func missingPath() async throws {
        let thread = try LoopThread(), loop = thread.loop
        await #expect(throws: SystemError(call: "inotify_add_watch /nowhere/at/all", errno: ENOENT)) {
            let _: Bool = try await thread.run { answer in
                _ = try FileWatch(loop: loop) { _ in }.add("/nowhere/at/all", .modified)
                answer(true)
            }
        }
        #expect(SystemError(call: "open", errno: ENOENT).description == "open: No such file or directory")
    }

    @Test("The end of a process is told once")
    func process() async throws {
        let thread = try LoopThread(), loop = thread.loop
        var child: pid_t = 0
        let arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sleep"), strdup("0.02"), nil]
        defer { for argument in arguments { free(argument) } }
        posix_spawnp(&child, "sleep", nil, nil, arguments, nil)
        let number = child, kept = Kept<ProcessWatch?>(nil)
        let ended: Bool = try await thread.run { answer in
            kept.value = try ProcessWatch(loop: loop, process: number) { answer(true) }
        }
        #expect(ended)
        #expect(waitpid(child, nil, 0) == child)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct OutputWriterTests {
    @Test("Everything arrives in order; what has no room is refused whole, and the drained call comes")
    func bounded() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let ends = makePipe()
        let writer = OutputWriter(descriptor: ends.write, loop: loop, capacity: 256 * 1024)
        defer { writer.close() }
        var accepted = 0
        // Nobody reads: the pipe takes 64 KiB, the buffer the rest.
        while writer.write([UInt8](repeating: UInt8(accepted % 251), count: 4096)) { accepted += 1 }
        #expect(accepted >= 63)
        #expect(writer.isCongested)
        #expect(writer.refusedBytes == 4096)
        #expect(!writer.flush(.milliseconds(10)))
        async let drained: Bool = withCheckedContinuation { continuation in
            writer.whenDrained { continuation.resume(returning: loop.isCurrent) }
        }
        let total = accepted * 4096
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while received.count < total { received += chunk[..<read(ends.read, &chunk, chunk.count)] }
        #expect(await drained)
        #expect(writer.flush(.seconds(50)))
        #expect(received.indices.allSatisfy { received[$0] == UInt8($0 / 4096 % 251) })
    }

    @Test("What must begin on a fresh line does so, and nothing else gets a newline that it has not got")
    func freshLines() async throws {
        let thread = try LoopThread()
        let ends = makePipe()
        let writer = OutputWriter(descriptor: ends.write, loop: thread.loop)
        defer { writer.close() }
        for (text, onFreshLine) in [("a\n", true), ("b", false), ("", true), ("c", false), ("d\n", true), ("e\n", true), ("f", false)] {
            writer.write(Array(text.utf8), onFreshLine: onFreshLine)
        }
        #expect(writer.flush(.seconds(50)))
        var chunk = [UInt8](repeating: 0, count: 100)
        let count = read(ends.read, &chunk, chunk.count)
        #expect(String(decoding: chunk[..<count], as: UTF8.self) == "a\nbc\nd\ne\nf")
    }

    @Test("A reader that is gone is no obstacle")
    func brokenPipe() async throws {
        let thread = try LoopThread()
        let ends = makePipe()
        close(ends.read)
        let writer = OutputWriter(descriptor: ends.write, loop: thread.loop, capacity: 8192)
        defer { writer.close() }
        writer.write([1, 2, 3])
        #expect(writer.flush(.seconds(50)))
        for _ in 0..<100 { #expect(writer.write([UInt8](repeating: 0, count: 4096))) }
        #expect(!writer.isCongested)
    }
}
