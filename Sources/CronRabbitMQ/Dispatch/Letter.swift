public import CronExpressions
public import CronJobs

/// What a message to workers says: which attempt is theirs to start. Never what it runs: a worker has that in its own table.
public struct Letter: Hashable, Sendable {
    public var run: RunID
    public var attempt: Int
    public var fence: Int64
    public var pool: String
    /// Of the job as its sender has it (`Job.workMark`): a worker whose table says something else leaves it to others.
    public var jobMark: UInt64
    public var trigger: Trigger
    public var first: Instant
    public var count: Int
    /// It must not start later.
    public var deadline: WallTime?
    /// Who asked for it, in words; `nil` where its schedule did.
    public var by: String?
    /// How often it was sent before.
    public var sent = 0

    /// Larger messages are none of ours.
    static let longest = 16 << 10
    private static let version: Int64 = 1

    public init(_ attempt: Attempt, pool: String) {
        run = attempt.run
        self.attempt = attempt.number
        fence = attempt.fence
        self.pool = pool
        jobMark = attempt.job.workMark
        trigger = attempt.trigger
        first = attempt.first
        count = attempt.missed + 1
        deadline = attempt.startDeadline
        by = attempt.by
    }

    var bytes: [UInt8] {
        JSONValue.fields([
            "version": Self.version, "run": "\(run)", "attempt": attempt, "fence": fence, "pool": pool,
            "job_mark": String(jobMark, radix: 16), "trigger": trigger.rawValue, "first": first.seconds, "count": count,
            "deadline_ns": deadline?.nanoseconds, "by": by, "sent": sent,
        ]).bytes
    }

    /// `nil` for what is no letter of this version: anybody may write to a queue.
    public init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.longest, case .object(let fields)? = try? JSONReader.read(bytes) else { return nil }
        func text(_ name: String) -> String? { if case .text(let text)? = fields[name] { text } else { nil } }
        func number(_ name: String) -> Int64? { if case .number(let number)? = fields[name] { number } else { nil } }
        guard number("version") == Self.version, let run = text("run").flatMap({ RunID($0) }), let pool = text("pool"),
            let fence = number("fence"), let attempt = number("attempt"), (1...1_000_000).contains(attempt),
            let mark = text("job_mark").flatMap({ UInt64($0, radix: 16) }),
            let trigger = text("trigger").flatMap({ Trigger(rawValue: $0) }),
            let first = number("first"), let count = number("count"), (1...Int64(Int32.max)).contains(count)
        else { return nil }
        self.run = run
        self.attempt = Int(attempt)
        self.fence = fence
        self.pool = pool
        self.trigger = trigger
        self.first = Instant(first)
        self.count = Int(count)
        jobMark = mark
        deadline = number("deadline_ns").map { WallTime(nanoseconds: $0) }
        by = text("by")
        sent = Int(clamping: min(max(0, number("sent") ?? 0), 1_000_000))
    }

    /// The attempt as the gate knows it.
    public func start(at now: WallTime) -> Start { Start(run: run, attempt: attempt, fence: fence, at: now, process: nil) }

    public func isTooLate(_ now: WallTime) -> Bool { deadline.map { $0 < now } ?? false }

    /// The attempt, for the job that a worker's table has under its id.
    public func attempt(of job: Job, at now: WallTime) -> Attempt {
        let scheduledAt: Instant =
            switch run.occasion {
            case .scheduled(let instant), .manual(let instant, _): instant
            case .startup: now.instant
            }
        var attempt = Attempt(
            run: run, number: attempt, fence: fence, trigger: trigger, job: job.atWorker, scheduledAt: scheduledAt, missed: count - 1,
            startDeadline: deadline, first: first)
        attempt.by = by
        return attempt
    }
}

extension Job {
    /// The same for jobs that do the same: command, input, user, variables, and what surrounds them. It notices another version of a table, and is no
    /// defence: what is run is in the table of whoever runs it.
    public var workMark: UInt64 {
        var hash = FNV1a()
        func add(_ text: String?) {
            hash.add(text ?? "")
            hash.add(UInt8(text == nil ? 1 : 0))
        }
        add(command?.text)
        add(command?.input)
        add(command?.user)
        for assignment in command?.variables.assignments ?? [] {
            add(assignment.name)
            add(assignment.value)
        }
        let values = policies.values
        add(values.directory)
        add(values.umask.map { "\($0)" })
        add(values.timeout.map { "\($0.wholeNanoseconds)" })
        add("\(values.acknowledgement)")
        return hash.value
    }

    /// As the worker runs it, which hands it to nobody else.
    fileprivate var atWorker: Job {
        var values = policies.values
        values.pool = nil
        return Job(id: id, timing: timing, action: action, policies: JobPolicies(values))
    }
}

/// The queues of a service: names of its own, so that two services on one broker never mix.
public struct WorkQueues: Sendable {
    let service: String

    /// How often a message may come back from workers before it counts as one that they cannot take.
    static let deliveryLimit: Int64 = 10
    private static let longestQueue: Int64 = 100_000

    public init(service: String) { self.service = service }

    public func name(of pool: String) -> String { "crond.\(service).pool.\(pool)" }

    /// Where messages go that no worker took.
    public var dead: String { "crond.\(service).dead" }

    /// - Parameter slots: how many messages a worker is given beyond those that it has taken.
    public func plan(ofPool pool: String, slots: Int) -> QueuePlan {
        QueuePlan(declared: [deadQueue, queue(of: pool)], consumed: name(of: pool), prefetch: slots)
    }

    public var planOfDead: QueuePlan { QueuePlan(declared: [deadQueue], consumed: dead, prefetch: 200) }

    private var deadQueue: QueuePlan.Queue {
        .init(name: dead, arguments: [.init("x-queue-type", .text("quorum")), .init("x-max-length", .number(Self.longestQueue))])
    }

    private func queue(of pool: String) -> QueuePlan.Queue {
        .init(
            name: name(of: pool),
            arguments: [
                .init("x-queue-type", .text("quorum")), .init("x-delivery-limit", .number(Self.deliveryLimit)),
                .init("x-dead-letter-exchange", .text("")), .init("x-dead-letter-routing-key", .text(dead)),
                .init("x-dead-letter-strategy", .text("at-least-once")), .init("x-overflow", .text("reject-publish")),
                .init("x-max-length", .number(Self.longestQueue)),
            ])
    }
}
