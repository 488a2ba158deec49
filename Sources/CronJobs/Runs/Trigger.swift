/// Why a run exists.
public enum Trigger: String, Sendable, CaseIterable {
    case scheduled
    case manual
    case startup
    case catchUp = "catch-up"
}
