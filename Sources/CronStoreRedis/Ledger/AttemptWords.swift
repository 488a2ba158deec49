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

    /// `trigger=who asked+request`. Who knows nothing of the part behind `=` takes the trigger for the usual one of its kind of run.
    static func word(_ trigger: Trigger, by: String?, _ request: RunRequest? = nil) -> String {
        let asked = request.map { "+\(RowText.encoded($0.stored))" } ?? ""
        return trigger.rawValue + (by.map { "=\(RowText.encoded($0))" } ?? "") + asked
    }

    static func trigger(_ word: String) -> (trigger: Trigger?, by: String?, request: RunRequest?) {
        let parts = word.prefix { $0 != "~" }.split(separator: "+", maxSplits: 1)
        let names = parts.first?.split(separator: "=", maxSplits: 1) ?? []
        return (
            names.first.flatMap { Trigger(rawValue: String($0)) }, names.dropFirst().first.map { RowText.decoded(String($0)) },
            parts.dropFirst().first.flatMap { RunRequest(stored: RowText.decoded(String($0))) }
        )
    }

    /// As the script that ends attempts writes it.
    static func owner(_ fence: Int64, _ node: String, _ process: Int32?) -> String {
        "~\(fence),\(node),\(process.map { "\($0)" } ?? "-")"
    }

    /// Who had an attempt that has ended: behind its trigger, as `~fence,node,pid`. Rows of earlier versions have none.
    static func owner(_ word: String) -> RunOwner? {
        guard let mark = word.firstIndex(of: "~") else { return nil }
        let words = word[word.index(after: mark)...].split(separator: ",", omittingEmptySubsequences: false)
        guard words.count == 3, let fence = Int64(words[0]) else { return nil }
        return RunOwner(fence: fence, host: NodeName(String(words[1]))?.host, process: Int32(words[2]))
    }
}
