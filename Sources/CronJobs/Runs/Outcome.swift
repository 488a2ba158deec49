/// How a run ended, or why it never began: the closed list of the ledger. A non-zero exit is an outcome, not an error.
public enum Outcome: Hashable, Sendable {
    /// How a command failed.
    public enum Failure: Hashable, Sendable {
        case exit(Int32)
        case signal(Int32)
        case outOfMemory
    }
    /// Which policy held it: too many runs of its job, a pause, or the machine's load.
    public enum SkipReason: String, Sendable, CaseIterable { case overlap, paused, load }

    case succeeded
    case failed(Failure)
    /// It lasted longer than its `timeout` and was ended.
    case timedOut
    /// It was ended because somebody asked for it, or because the service ended.
    case cancelled
    /// It was ended because the next run of its job took its place: a kind of `cancelled`, written `cancelled(replaced)`.
    case replaced
    case skipped(SkipReason)
    /// Fire times that passed without a start because the service was not able: down, paused, no store.
    case missed(Int)
    /// The service ended while the run was going; nobody knows how the run ended.
    case interrupted
    /// The run never reached its program: which step of the launch failed, and the system's reason.
    case launchFailed(stage: String)
    /// A message that the broker does not have, and why.
    case undelivered(String)
    /// Handed over, and the answer never came.
    case unconfirmed
    /// A child of an earlier life of the service, watched to its end; its exit code went to another parent.
    case unknownAdopted
}

extension Outcome: CustomStringConvertible {
    public var description: String {
        switch self {
        case .succeeded: "succeeded"
        case .failed(.exit(let code)): "failed(exit \(code))"
        case .failed(.signal(let number)): "failed(signal \(number))"
        case .failed(.outOfMemory): "failed(oom)"
        case .timedOut: "timedOut"
        case .cancelled: "cancelled"
        case .replaced: "cancelled(replaced)"
        case .skipped(let reason): "skipped(\(reason.rawValue))"
        case .missed(let count): "missed(\(count))"
        case .interrupted: "interrupted"
        case .launchFailed(let stage): "launchFailed(\(stage))"
        case .undelivered(let reason): "undelivered(\(reason))"
        case .unconfirmed: "unconfirmed"
        case .unknownAdopted: "unknown(adopted)"
        }
    }

    /// Reads what `description` writes; `nil` for anything else.
    public init?(_ text: String) {
        let open = text.firstIndex(of: "(") ?? text.endIndex
        let name = text[..<open]
        let inner = open == text.endIndex ? "" : String(text[text.index(after: open)...].dropLast())
        switch (name, inner) {
        case ("succeeded", ""): self = .succeeded
        case ("timedOut", ""): self = .timedOut
        case ("cancelled", ""): self = .cancelled
        case ("cancelled", "replaced"): self = .replaced
        case ("interrupted", ""): self = .interrupted
        case ("unconfirmed", ""): self = .unconfirmed
        case ("unknown", "adopted"): self = .unknownAdopted
        case ("failed", "oom"): self = .failed(.outOfMemory)
        case ("failed", _):
            if inner.hasPrefix("exit "), let code = Int32(inner.dropFirst(5)) {
                self = .failed(.exit(code))
            } else if inner.hasPrefix("signal "), let number = Int32(inner.dropFirst(7)) {
                self = .failed(.signal(number))
            } else {
                return nil
            }
        case ("skipped", _):
            guard let reason = SkipReason(rawValue: inner) else { return nil }
            self = .skipped(reason)
        case ("missed", _):
            guard let count = Int(inner) else { return nil }
            self = .missed(count)
        case ("launchFailed", _): self = .launchFailed(stage: inner)
        case ("undelivered", _): self = .undelivered(inner)
        default: return nil
        }
    }
}
