// tidy: helper
import CronTables
import Synchronization

/// Keeps what is said of a table.
final class Heard: TableObserver {
    private let all = Mutex<[TableEvent]>([])
    var events: [TableEvent] { all.withLock { $0 } }

    func observe(_ event: TableEvent) { all.withLock { $0.append(event) } }

    /// How many of these there were: `notUsed`, or with the beginning of what they say, `followed(revision: 2`.
    func count(_ beginning: String) -> Int {
        events.count { event in
            let text = "\(event)"
            return text.hasPrefix(beginning) && !(text.dropFirst(beginning.count).first?.isLetter ?? false)
        }
    }

    /// The revisions that were overruled by what the files hold.
    var overruled: [Int] {
        events.compactMap { if case .filesWin(_, let revision, _) = $0 { revision } else { nil } }
    }

    struct Refusal: Hashable {
        var isNamed: Bool
        var hasOther: Bool
    }

    var refusals: [Refusal] {
        events.compactMap { event in
            guard case .notUsed(_, _, let isNamed, let hasOther) = event else { return nil }
            return Refusal(isNamed: isNamed, hasOther: hasOther)
        }
    }
}
