// Hands COUNT messages to a publisher at once and waits until each is confirmed; prints how many a second that were.
//
//     publish URL QUEUE COUNT

import CronJobs
import CronRabbitMQ
import Glibc
import LinuxEvents

struct HostClocks: Clocks {
    var wall: WallTime { WallTime(nanoseconds: SystemClocks.wallNanoseconds()) }
    var monotonic: MonotonicTime { MonotonicTime(nanoseconds: SystemClocks.bootNanoseconds()) }
}

func message(_ number: Int, _ queue: String) -> Message {
    Message(
        id: "nightly-report@\(1_700_000_000 + number).1", exchange: "", key: queue, body: Array(repeating: UInt8(ascii: "x"), count: 200),
        headers: [
            .init("cron-job", .text("nightly-report")), .init("cron-run", .text("nightly-report@\(1_700_000_000 + number)")),
            .init("cron-scheduled-at", .text("2026-11-27T12:00:00Z")), .init("cron-attempt", .number(1)), .init("cron-fence", .number(7)),
            .init("cron-lateness-ms", .number(3)), .init("cron-missed", .number(0)), .init("cron-service", .text("default")),
        ], timestamp: 1_700_000_000)
}

func measure(_ url: String, _ queue: String, _ count: Int) async throws {
    let executor = ThreadExecutor(), clocks = HostClocks()
    let publisher = Publisher(try AMQPURL(url), executor: executor, clocks: clocks) { _ in }
    try await publisher.start()
    guard await publisher.publish(message(0, queue), within: .seconds(10)) == .confirmed else { exit(1) }
    let messages = (1...count).map { message($0, queue) }
    let began = clocks.monotonic
    // As many as may wait at once; the others follow as the first are confirmed.
    let (answers, told) = AsyncStream<Delivery>.makeStream()
    var handed = 0, confirmed = 0
    func hand() {
        publisher.submit(messages[handed], sendBefore: nil) { told.yield($0) }
        handed += 1
    }
    while handed < min(count, 5000) { hand() }
    for await answer in answers {
        if answer == .confirmed { confirmed += 1 }
        if handed < count { hand() } else if confirmed == count { break }
    }
    let seconds = Double((clocks.monotonic - began).wholeNanoseconds) / 1e9
    print("ours\t\(Int(Double(confirmed) / seconds))")
    await publisher.close()
}

let words = CommandLine.arguments
guard words.count == 4, let count = Int(words[3]) else { exit(64) }
do { try await measure(words[1], words[2], count) } catch {
    print("publish: \(error)")
    exit(1)
}
