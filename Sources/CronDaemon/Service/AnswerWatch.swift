internal import LinuxEvents

/// Notices that something which was asked does not answer, and that it does again. Event loop only.
///
/// Time is counted in ticks that the loop itself has run: in a process that was stopped for an hour nobody was silent for an hour.
final class AnswerWatch: @unchecked Sendable {
    struct Ticket: Hashable, Sendable {
        fileprivate let number: Int
    }
    enum Event: Sendable {
        case silent
        case answers(after: Duration)
    }

    private let loop: EventLoop
    private let patience: Int
    private let tell: (Event) -> Void
    private var lastNumber = 0
    /// Seconds for which each has been waited for.
    private var waits: [Ticket: Int] = [:]
    private var timer: TimerToken?
    /// The longest wait of a silence that was told; nil while there is none.
    private var silence: Int?

    var isSilent: Bool { silence != nil }
    /// Somebody is being asked.
    var isWaiting: Bool { !waits.isEmpty }

    /// - Parameter seconds: how long nobody worries.
    init(loop: EventLoop, seconds: Int, tell: @escaping (Event) -> Void) {
        self.loop = loop
        patience = seconds
        self.tell = tell
    }

    func begin() -> Ticket {
        lastNumber += 1
        let ticket = Ticket(number: lastNumber)
        waits[ticket] = 0
        if timer == nil { tick() }
        return ticket
    }

    func end(_ ticket: Ticket) {
        waits[ticket] = nil
        if let length = silence, !waits.values.contains(where: { $0 >= patience }) {
            silence = nil
            tell(.answers(after: .seconds(length)))
        }
        guard waits.isEmpty, let timer else { return }
        loop.cancel(timer)
        self.timer = nil
    }

    private func tick() {
        timer = loop.after(.seconds(1)) { [weak self] in self?.count() }
    }

    private func count() {
        for ticket in waits.keys { waits[ticket, default: 0] += 1 }
        let longest = waits.values.max() ?? 0
        let isNews = silence == nil && longest >= patience
        if isNews || silence != nil { silence = longest }
        tick()
        if isNews { tell(.silent) }
    }
}
