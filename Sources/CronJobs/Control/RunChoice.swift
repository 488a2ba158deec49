/// One attempt: of a run by its name, or of a job's newest run that has started.
public struct RunChoice: Hashable, Sendable {
    /// A run by its name, or the newest one of a job.
    public enum Target: Hashable, Sendable {
        case run(RunID)
        case job(JobID)
    }

    public var target: Target
    /// `nil` is the last one.
    public var attempt: Int?

    public init(_ target: Target, attempt: Int? = nil) {
        self.target = target
        self.attempt = attempt
    }

    /// What a person typed: a run has an `@` in it, as no job has that is not one host's.
    public init(_ text: String, attempt: Int? = nil) {
        self.init(RunID(text).map(Target.run) ?? .job(JobID(text)), attempt: attempt)
    }
}
