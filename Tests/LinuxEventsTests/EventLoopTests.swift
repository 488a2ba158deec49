import CLinux
import LinuxEvents
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    private actor Resident {
        let loop: EventLoop
        var count = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
        init(_ loop: EventLoop) { self.loop = loop }
        func add() -> Bool {
            count += 1
            return loop.isCurrent
        }
    }

    @Test("An actor on the loop runs on its thread, and handlers reach it without a hop")
    func residents() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let resident = Resident(loop)
        #expect(await resident.add())
        let count: Int = try await thread.run { answer in
            resident.assumeIsolated { $0.count += 1 }
            answer(resident.assumeIsolated { $0.count })
        }
        #expect(count == 2)
    }

    @Test("A task with the loop as preference runs on its thread")
    func preference() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let isCurrent = await Task(executorPreference: loop) {
            await Task.yield()
            return loop.isCurrent
        }.value
        #expect(isCurrent)
    }

    @Test("Ten thousand jobs from four tasks all run")
    func manyJobs() async throws {
        let thread = try LoopThread()
        let resident = Resident(thread.loop)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for _ in 0..<2500 { _ = await resident.add() } } }
        }
        #expect(await resident.count == 10_000)
    }

    @Test("Jobs that enqueue jobs without end do not starve descriptors")
    func fairness() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let ends = makePipe()
        defer { close(ends.read); close(ends.write) }
        let stopped = Kept(false)
        @Sendable func spin() { if !stopped.value { loop.perform(spin) } }
        let ready: Bool = try await thread.run { answer in
            try loop.watch(ends.read, .readable) { _ in
                stopped.value = true
                var byte: UInt8 = 0
                read(ends.read, &byte, 1)
                answer(true)
            }
            spin()
            var byte: UInt8 = 1
            write(ends.write, &byte, 1)
        }
        #expect(ready)
    }

    @Test("A loop that rests in a burst loses nothing of what happens meanwhile")
    func gathering() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let first = makePipe(), second = makePipe()
        defer { for end in [first.read, first.write, second.read, second.write] { close(end) } }
        let seen = Kept<[String]>([])
        let answered: [String] = try await thread.run { answer in
            @Sendable func note(_ what: String) {
                seen.value.append(what)
                loop.gather()
                if seen.value.count == 4 { answer(seen.value.sorted()) }
            }
            for (ends, name) in [(first, "first"), (second, "second")] {
                try loop.watch(ends.read, .readable) { _ in
                    var byte: UInt8 = 0
                    guard read(ends.read, &byte, 1) == 1 else { return }
                    note(name)
                    // Comes from elsewhere while the loop rests.
                    _ = DetachedThread.start {
                        var byte: UInt8 = 1
                        if name == "first" { write(second.write, &byte, 1) }
                        loop.perform { note("told by \(name)") }
                    }
                }
            }
            var byte: UInt8 = 1
            write(first.write, &byte, 1)
        }
        #expect(answered == ["first", "second", "told by first", "told by second"])
    }

    @Test("An event of a removed watch does not reach the next watch of the same descriptor")
    func staleEvents() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let first = makePipe(), second = makePipe()
        let log = Kept<[String]>([]), watches = Kept<[Watch]>([])
        let result: [String] = try await thread.run { answer in
            // Both are ready in one batch; whichever comes first puts another pipe, which is not ready, at the other's number.
            func replace(_ other: Int32, _ index: Int) throws {
                loop.unwatch(watches.value[index])
                let quiet = makePipe()
                dup2(quiet.read, other)
                try loop.watch(other, .readable) { _ in log.value.append("stale") }
                loop.after(.milliseconds(30)) { answer(log.value) }
            }
            watches.value.append(
                try loop.watch(first.read, .readable) { _ in
                    log.value.append("ready")
                    loop.unwatch(watches.value[0])
                    try? replace(second.read, 1)
                })
            watches.value.append(
                try loop.watch(second.read, .readable) { _ in
                    log.value.append("ready")
                    loop.unwatch(watches.value[1])
                    try? replace(first.read, 0)
                })
            var byte: UInt8 = 1
            write(first.write, &byte, 1)
            write(second.write, &byte, 1)
        }
        #expect(result == ["ready"])
    }

    @Test("A watch without interest is silent even on hang-up, and speaks again afterwards")
    func interest() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let ends = makePipe()
        let calls = Kept(0), silent = Kept(0)
        let result: [Int] = try await thread.run { answer in
            let kept = Kept<Watch?>(nil)
            kept.value = try loop.watch(ends.read, .readable) { _ in
                guard let watch = kept.value else { return }
                calls.value += 1
                loop.setInterest(watch, [])
                if silent.value == 0 {
                    loop.after(.milliseconds(20)) {
                        silent.value = calls.value
                        loop.setInterest(watch, .readable)
                    }
                } else {
                    // Or handler and loop would hold each other.
                    loop.unwatch(watch)
                    kept.value = nil
                    answer([silent.value, calls.value])
                }
            }
            close(ends.write)
        }
        #expect(result == [1, 2])
    }

    @Test("Timers fire in order of their deadlines, and cancelled ones never")
    func timers() async throws {
        let thread = try LoopThread(), loop = thread.loop
        let order = Kept<[Int]>([])
        let result: [Int] = try await thread.run { answer in
            loop.after(.milliseconds(300)) {
                order.value.append(2)
                answer(order.value)
            }
            loop.after(.milliseconds(150)) { order.value.append(1) }
            loop.after(.zero) { order.value.append(0) }
            loop.cancel(loop.after(.milliseconds(5)) { order.value.append(9) })
            for _ in 0..<1000 { loop.cancel(loop.after(.seconds(3600)) { order.value.append(8) }) }
        }
        #expect(result == [0, 1, 2])
    }

    @Test("stop() ends run(), which can begin again")
    func restart() throws {
        let loop = try EventLoop()
        for _ in 0..<2 {
            loop.perform { loop.stop() }
            loop.run()
        }
        #expect(!loop.isCurrent)
    }
}
