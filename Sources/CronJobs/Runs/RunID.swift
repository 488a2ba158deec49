public import CronExpressions

/// One occurrence of a job: `<job>@<what occasioned it>`. Attempts are counted apart.
public struct RunID: Hashable, Sendable {
    /// What occasioned it.
    public enum Occasion: Hashable, Sendable {
        /// A fire time of the schedule.
        case scheduled(Instant)
        /// Somebody asked for it; the number keeps two requests of one second apart.
        case manual(Instant, UInt32)
        /// The start of the service, by its incarnation: `@reboot`.
        case startup(Int64)
    }

    public var job: JobID
    public var occasion: Occasion

    public init(job: JobID, _ occasion: Occasion) {
        self.job = job
        self.occasion = occasion
    }

    /// Reads the text form: `job@1700000000`, `job@1700000000m0badcafe`, `job@boot-3`.
    public init?(_ text: String) {
        guard let at = text.lastIndex(of: "@") else { return nil }
        guard let occasion = Occasion(text[text.index(after: at)...]) else { return nil }
        self.init(job: JobID(String(text[..<at])), occasion)
    }
}

extension RunID.Occasion: CustomStringConvertible {
    init?(_ text: Substring) {
        if text.hasPrefix("boot-") {
            guard let incarnation = Int64(text.dropFirst(5)) else { return nil }
            self = .startup(incarnation)
        } else if let mark = text.firstIndex(of: "m") {
            guard let seconds = Int64(text[..<mark]), let token = UInt32(text[text.index(after: mark)...], radix: 16) else { return nil }
            self = .manual(Instant(seconds), token)
        } else {
            guard let seconds = Int64(text) else { return nil }
            self = .scheduled(Instant(seconds))
        }
    }

    public init?(_ text: String) { self.init(text[...]) }

    public var description: String {
        switch self {
        case .scheduled(let fireTime): return "\(fireTime.seconds)"
        case .manual(let instant, let token):
            let digits = String(token, radix: 16)
            return "\(instant.seconds)m" + String(repeating: "0", count: 8 - digits.count) + digits
        case .startup(let incarnation): return "boot-\(incarnation)"
        }
    }

    /// The fire time, for a scheduled run.
    public var fireTime: Instant? {
        if case .scheduled(let instant) = self { instant } else { nil }
    }
}

extension RunID: CustomStringConvertible {
    public var description: String { "\(job)@\(occasion)" }
}

extension RunID.Occasion {
    /// Why such a run exists, as far as its name tells.
    public var trigger: Trigger {
        switch self {
        case .scheduled: .scheduled
        case .manual: .manual
        case .startup: .startup
        }
    }
}
