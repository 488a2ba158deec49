/// What becomes of a run's output in the service's log.
public enum LogMode: String, Sendable, CaseIterable {
    /// Line by line, with job and run.
    case lines
    /// Byte for byte.
    case raw
    /// Each line is a JSON object of the job's own, whose fields are kept.
    case json
    /// Nowhere.
    case none
}
