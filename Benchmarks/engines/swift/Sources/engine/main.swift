// This package's engine over shapes.tsv.
//
//   engine speed SHAPES          lines: ours, shape, ns for each next, ns for each parse, sum of the first 100 times, ns for each line of a table
//   engine allocations SHAPES    lines: allocations, shape, number in 1000 nexts, number in one parse (with count.so loaded)
//   engine plan                  line: plan, jobs, fastest and median ms to plan them
import CronExpressions
import CronEngine
import Glibc

let start = Instant(1_767_225_600)
let horizon = Instant(3_786_912_000)

func nanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Keeps the optimiser from leaving out what nobody uses.
nonisolated(unsafe) var sink: Int64 = 0

struct Shape {
    let name: String
    let zone: Zone
    let text: String
    let schedule: CronSchedule

    init(_ line: Substring) throws {
        let column = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        (name, text) = (column[0], column[3])
        zone = try ZoneDatabase.system.zone(named: column[1])
        schedule = try CronExpression(text).schedule(in: zone)
    }

    static func all(_ path: String) throws -> [Shape] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map(Shape.init)
    }

    @inline(never)
    func nexts(_ calls: Int) {
        var instant = start
        for _ in 0..<calls {
            if let next = schedule.next(after: instant), next < horizon { instant = next } else { instant = start }
        }
        sink &+= instant.seconds
    }

    @inline(never)
    func parses(_ calls: Int) {
        for _ in 0..<calls {
            if let made = try? CronExpression(text).schedule(in: zone), made.neverFires { sink &+= 1 }
        }
    }

    /// The way that the lines of a table go: no syntax tree, no diagnostics.
    @inline(never)
    func compiles(_ calls: Int) {
        let bytes = Array(text.utf8)
        bytes.withUnsafeBufferPointer { bytes in
            for _ in 0..<calls {
                var warns = false
                let made = CronExpression.compile(bytes, dialect: .vixie, zone: zone, seed: 0, hasWarnings: &warns)
                if made?.neverFires ?? true { sink &+= 1 }
            }
        }
    }

    var sum: Int64 {
        var (instant, sum) = (start, Int64(0))
        for _ in 0..<100 {
            var next = schedule.next(after: instant)
            if next.map({ $0 >= horizon }) ?? true { next = schedule.next(after: start) }
            instant = next ?? start
            sum += instant.seconds
        }
        return sum
    }
}

/// The fastest of five batches of at least 60 ms, in nanoseconds a call.
func fastest(_ body: (Int) -> Void) -> Double {
    var calls = 1
    while true {
        let begin = nanoseconds()
        body(calls)
        if nanoseconds() - begin > 60_000_000 { break }
        calls *= 2
    }
    return (0..<5).map { _ in
        let begin = nanoseconds()
        body(calls)
        return Double(nanoseconds() - begin) / Double(calls)
    }.min() ?? 0
}

func tenths(_ value: Double) -> String { "\(Int((value * 10).rounded()) / 10).\(Int((value * 10).rounded()) % 10)" }

func allocations(_ body: () -> Void) -> Int {
    typealias Counter = @convention(c) () -> UInt
    guard let symbol = dlsym(nil, "bench_allocations") else { return -1 }
    let count = unsafeBitCast(symbol, to: Counter.self)
    let before = count()
    body()
    return Int(count() - before)
}

/// A table such as people have: mostly steps and times of day, some weekdays, few days that depend on the month; two zones.
func table(_ count: Int) throws -> [CronSchedule] {
    let zones = [Zone.utc, try ZoneDatabase.system.zone(named: "Europe/Berlin")]
    return try (0..<count).map { n in
        let text =
            switch n % 20 {
            case 0..<6: "* * * * *"
            case 6..<9: "*/\([5, 10, 15][n / 20 % 3]) * * * *"
            case 9..<11: "\(n / 20 % 60) * * * *"
            case 11..<15: "\(n / 20 % 60) \(n / 7 % 24) * * *"
            case 15..<17: "\(n / 20 % 60) 9-17 * * 1-5"
            case 17: "\(n / 20 % 60) \(n / 7 % 24) \(n / 3 % 28 + 1) * *"
            case 18: "0 \(n / 7 % 24) * * \(n % 7)"
            default: "0 0 \(["L", "LW", "15W"][n / 20 % 3]) * *"
            }
        return try CronExpression(text).schedule(in: zones[n / 5 % 4 == 0 ? 1 : 0])
    }
}

func plan() throws {
    let jobs = try table(100_000)
    let times = (0..<30).map { round in
        let now = start + Int64(round) * 3660
        var queue = DueQueue(capacity: jobs.count)
        let begin = nanoseconds()
        for index in jobs.indices {
            if let next = jobs[index].next(after: now) { queue.insert(index, at: next) }
        }
        let end = nanoseconds()
        sink &+= queue.next?.seconds ?? 0
        return Double(end - begin) / 1e6
    }.sorted()
    print("plan\t\(jobs.count)\t\(tenths(times[0]))\t\(tenths(times[times.count / 2]))")
}

let arguments = CommandLine.arguments
switch arguments.dropFirst().first {
case "speed":
    for shape in try Shape.all(arguments[2]) {
        print("ours\t\(shape.name)\t\(tenths(fastest(shape.nexts)))\t\(tenths(fastest(shape.parses)))\t\(shape.sum)\t\(tenths(fastest(shape.compiles)))")
    }
case "allocations":
    for shape in try Shape.all(arguments[2]) {
        shape.nexts(10)
        shape.parses(10)
        print("allocations\t\(shape.name)\t\(allocations { shape.nexts(1000) })\t\(allocations { shape.parses(1) })")
    }
case "profile":
    for shape in try Shape.all(arguments[2]) where shape.name == arguments[3] { for _ in 0..<200 { shape.nexts(1_000_000) } }
default: try plan()
}
