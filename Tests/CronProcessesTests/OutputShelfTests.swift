import CronJobs
import CronProcesses
import Testing

struct OutputShelfTests {
    private func append(_ bytes: [UInt8], to buffer: inout ExcerptBuffer) { bytes.withUnsafeBufferPointer { buffer.append($0) } }

    private func append(_ count: Int, to output: RunOutput) {
        [UInt8](repeating: 7, count: count).withUnsafeBufferPointer { output.append($0) }
    }

    private func run(_ number: Int) -> RunID { RunID(job: JobID("job-\(number)"), .startup(1)) }

    @Test("Whatever the pieces, the buffer keeps what shortening the whole keeps", arguments: [0, 1, 4, 40, 64, 100, 1000])
    func pieces(_ limit: Int) {
        let all = (0..<500).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for size in [1, 3, 29, 30, 31, 47, 300, 500] {
            var buffer = ExcerptBuffer(limit: limit)
            for start in stride(from: 0, to: all.count, by: size) { append(Array(all[start..<min(start + size, all.count)]), to: &buffer) }
            let wanted = OutputExcerpt(last: all).shortened(to: limit), found = buffer.excerpt
            #expect(found.total == 500 && buffer.count <= limit)
            #expect(found.dropped == wanted.dropped && found.first + found.last == wanted.first + wanted.last, "pieces of \(size)")
        }
    }

    @Test("A buffer that shrinks keeps both ends, and goes on with less", arguments: [10, 30, 90, 400])
    func shrinking(_ before: Int) {
        let all = (0..<800).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var buffer = ExcerptBuffer(limit: 200)
        append(Array(all[..<before]), to: &buffer)
        buffer.shrink(to: 40)
        #expect(buffer.count <= 40 && buffer.total == Int64(before))
        append(Array(all[before...]), to: &buffer)
        let found = buffer.excerpt
        #expect(found.first == Array(all[..<10]) && found.last == Array(all.suffix(30)) && found.total == 800)
    }

    @Test("In all no more is kept than the limit: the longest get shorter, then all")
    func bounded() {
        let shelf = OutputShelf(limit: 1 << 20)
        let long = (0..<20).map { shelf.open(run($0), attempt: 1, keeping: 64 << 10) }
        let short = shelf.open(run(99), attempt: 1, keeping: 64 << 10)
        append(1000, to: short)
        for _ in 0..<100 { for output in long { append(1000, to: output) } }
        #expect(long.reduce(0) { $0 + $1.size } + short.size <= 1 << 20)
        #expect(short.size == 1000)
        #expect(long.contains { $0.size == 4096 })
        let many = (100..<1100).map { shelf.open(run($0), attempt: 1, keeping: 64 << 10) }
        for output in many { append(9000, to: output) }
        #expect((long + many).reduce(0) { $0 + $1.size } <= 1 << 20)
        #expect(many.allSatisfy { $0.total == 9000 })
    }

    @Test("What has ended waits until it is taken, but only so many; nothing is appended to it")
    func ended() {
        let shelf = OutputShelf(), first = shelf.open(run(0), attempt: 1, keeping: 100)
        append(10, to: first)
        shelf.remove(run(0), attempt: 1)
        #expect(shelf.output(of: run(0)) != nil, "it goes on")
        #expect(shelf.hasRunning)
        shelf.ended(first)
        append(10, to: first)
        #expect(first.total == 10 && !shelf.hasRunning)
        shelf.remove(run(0), attempt: 1)
        #expect(shelf.output(of: run(0)) == nil)
        for number in 1...9000 { shelf.ended(shelf.open(run(number), attempt: 1, keeping: 100)) }
        #expect(shelf.output(of: run(1)) == nil && shelf.output(of: run(9000)) != nil)
    }

    @Test("Without a number the newest attempt is meant")
    func attempts() {
        let shelf = OutputShelf()
        for number in [1, 3, 2] { _ = shelf.open(run(0), attempt: number, keeping: 100) }
        #expect(shelf.output(of: run(0))?.attempt == 3)
        #expect(shelf.output(of: run(0), attempt: 2)?.attempt == 2)
        #expect(shelf.output(of: run(1)) == nil)
    }
}
