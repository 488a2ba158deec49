internal import CronJobs

/// The words of an attempt's row that stand for more than one thing: its state and pool, its trigger and what was asked of it.
enum AttemptWords {
    static func word(_ state: AttemptState) -> String {
        switch state {
        case .claimed: "claimed"
        case .running: "running"
        case .queued(let pool): "queued:\(RowText.encoded(pool))"
        }
    }

    static func state(_ word: String) -> AttemptState {
        if word == "running" { return .running }
        guard word.hasPrefix("queued:") else { return .claimed }
        return .queued(pool: RowText.decoded(String(word.dropFirst(7))))
    }

    static func word(_ trigger: Trigger, _ request: RunRequest?) -> String {
        request.map { "\(trigger.rawValue)+\(RowText.encoded($0.stored))" } ?? trigger.rawValue
    }

    static func trigger(_ word: String) -> (trigger: Trigger?, request: RunRequest?) {
        let parts = word.split(separator: "+", maxSplits: 1)
        return (
            parts.first.flatMap { Trigger(rawValue: String($0)) },
            parts.dropFirst().first.flatMap { RunRequest(stored: RowText.decoded(String($0))) }
        )
    }
}
