// tidy: helper

/// A start of a job of every second, as the job itself wrote it down: run id, attempt, missed fire times.
struct Start: Hashable {
    static let command = "echo $CRON_RUN_ID $CRON_ATTEMPT $CRON_MISSED >> $OUT/starts"

    var job: String
    var second: Int
    var attempt: Int
    var missed: Int

    var run: String { "\(job)@\(second)" }

    init?(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 3, let attempt = Int(words[1]), let missed = Int(words[2]) else { return nil }
        let parts = words[0].split(separator: "@")
        guard parts.count == 2, let second = Int(parts[1]) else { return nil }
        (job, self.second, self.attempt, self.missed) = (String(parts[0]), second, attempt, missed)
    }

    /// A table of so many jobs, `job-0` and so on, that start every second.
    static func table(_ count: Int, _ directives: String = "") -> String {
        Plain.seconds + (0..<count).map { "# crond: name=job-\($0) \(directives)\n* * * * * ? \(command)\n" }.joined()
    }

    /// All starts of a test.
    static func all(_ bench: Workbench) throws -> [Start] {
        try bench.folder.lines("out/starts").map { line in
            guard let start = Start(line) else { throw Complaint("a job wrote \"\(line)\"") }
            return start
        }
    }

    /// Runs that were started twice under one attempt.
    static func doubled(_ starts: [Start]) -> [String] {
        var seen: Set<String> = []
        return starts.map { "\($0.run)#\($0.attempt)" }.filter { !seen.insert($0).inserted }
    }

    /// Fire times that were started and that another run counts among those it caught up with.
    static func countedTwice(_ starts: [Start]) -> [String] {
        let started = Set(starts.map(\.run))
        return starts.flatMap { start in
            (start.second - start.missed..<start.second).map { "\(start.job)@\($0)" }.filter(started.contains)
        }
    }
}
