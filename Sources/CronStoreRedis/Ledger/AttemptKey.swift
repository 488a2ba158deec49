internal import CronJobs

/// An attempt's name in the store: its *field* `1700000000#1` among those of its job, its *text* `job@1700000000#1` among all.
struct AttemptKey: Hashable, Sendable {
    var run: RunID
    var attempt: Int

    init(_ run: RunID, _ attempt: Int) {
        self.run = run
        self.attempt = attempt
    }

    init?(_ text: String) {
        guard let mark = text.lastIndex(of: "#"), let attempt = Int(text[text.index(after: mark)...]),
            let run = RunID(String(text[..<mark]))
        else { return nil }
        self.init(run, attempt)
    }

    init?(job: JobID, field: String) {
        guard let mark = field.lastIndex(of: "#"), let attempt = Int(field[field.index(after: mark)...]),
            let occasion = RunID.Occasion(String(field[..<mark]))
        else { return nil }
        self.init(RunID(job: job, occasion), attempt)
    }

    var field: String { "\(run.occasion)#\(attempt)" }
    var text: String { "\(run)#\(attempt)" }
}
