import CronScheduler
import CronStoreSQLite
import CronTesting
import Glibc
import Synchronization

// Many jobs in one scheduler: what each takes, how many are added, rescheduled and removed a second, and what a look at what is due costs. The clock is
// moved by this program, so a tick is what one costs and not when it comes. Prints tab-separated values: kind, number of jobs, measure, value.
// Usage: jobs closures|handlers|sqlite COUNT [FOLDER]

struct Send: JobHandler {
    static let name = "send"
    struct Parameters: Codable, Sendable { var to: Int }
    func run(_ parameters: Parameters, in context: RunContext) async throws { ran.wrappingAdd(1, ordering: .relaxed) }
}

let ran = Atomic<Int>(0)
let kind = CommandLine.arguments[1], count = Int(CommandLine.arguments[2]) ?? 10_000
let clock = ContinuousClock()

/// What the kernel counts as this process's own, in bytes.
func residentBytes() -> Int {
    guard let file = fopen("/proc/self/smaps_rollup", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    while fgets(&line, 256, file) != nil {
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if text.hasPrefix("Pss:") { return (Int(text.split(separator: " ")[1]) ?? 0) * 1024 }
    }
    return 0
}

func show(_ what: String, _ value: Double) { print("\(kind)\t\(count)\t\(what)\t\(value)") }

extension Duration {
    var microseconds: Double { Double(components.seconds) * 1e6 + Double(components.attoseconds) / 1e12 }
}

/// As far apart as times of real jobs are: some thousands of different ones, none of them soon.
func schedule(_ number: Int) -> JobSchedule { .cron("\(number % 60) \(number / 60 % 24) \(1 + number / 1440 % 28) 6 *", in: "UTC") }

let clocks = ManualClocks(wall: WallTime(Instant(1_798_761_600))), waker = ManualWaker(clocks)
let time = TimeSource(clocks: clocks, alarm: ManualAlarm(clocks)) { _ in waker }
let store: StoreSource = kind == "sqlite" ? .sqlite(CommandLine.arguments[3] + "/jobs.db") : .memory
var configuration = Scheduler.Configuration()
configuration.zone = .utc
let scheduler = Scheduler(store: store, handlers: [Send()], configuration: configuration, time: time)
try await scheduler.start()
_ = await waker.waitUntilAsleep()

func id(_ number: Int) -> JobID { JobID("job-\(number)") }

func add(_ number: Int, _ schedule: JobSchedule) async throws {
    if kind == "closures" {
        try await scheduler.add(id(number), schedule) { _ in ran.wrappingAdd(1, ordering: .relaxed) }
    } else {
        try await scheduler.add(id(number), schedule, Send.self, .init(to: number))
    }
}

let before = residentBytes()
let adding = try await clock.measure { for number in 0..<count { try await add(number, schedule(number)) } }
let parameters = kind == "closures" ? 0 : (0..<count).reduce(0) { $0 + #"{"to":}"#.utf8.count + "\($1)".utf8.count }
show("bytes of a job beyond its parameters", Double(residentBytes() - before - parameters) / Double(count))
show("added a second", Double(count) / (adding.microseconds / 1e6))

// A tick with nothing due.
let ticks = 2000
let idle = await clock.measure {
    for _ in 0..<ticks {
        waker.poke()
        _ = await waker.waitUntilAsleep()
    }
}
show("µs of a tick, 0 due", idle.microseconds / Double(ticks))

/// Adds so many jobs of one time, lets it come, and waits until all have run.
func tick(_ due: Int, rounds: Int) async throws -> Double {
    var best = Double.infinity
    for _ in 0..<rounds {
        let instant = clocks.wall.instant + 60
        for number in 0..<due { try await add(count + number, .at(instant)) }
        let goal = ran.load(ordering: .relaxed) + due
        let took = await clock.measure {
            clocks.advance(by: .seconds(60))
            while ran.load(ordering: .relaxed) < goal { await Task.yield() }
        }
        best = min(best, took.microseconds)
        while try await scheduler.job(id(count + due - 1)) != nil { await Task.yield() }
    }
    return best
}
show("µs of a tick, 1 due, with its run", try await tick(1, rounds: 50))
show("µs of a tick, 10,000 due, with their runs", try await tick(10_000, rounds: 3))

let changed = min(count, 20_000), step = count / changed
let rescheduling = try await clock.measure {
    for number in 0..<changed { try await scheduler.reschedule(id(number * step), schedule(number * step + 1)) }
}
show("rescheduled a second", Double(changed) / (rescheduling.microseconds / 1e6))
let removing = try await clock.measure { for number in 0..<changed { try await scheduler.remove(id(number * step)) } }
show("removed a second", Double(changed) / (removing.microseconds / 1e6))
let removingAll = try await clock.measure { try await scheduler.removeAll() }
show("s to remove all the others", removingAll.microseconds / 1e6)
await scheduler.shutdown()
