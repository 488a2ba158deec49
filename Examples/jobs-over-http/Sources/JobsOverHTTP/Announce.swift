import CronScheduler

/// What the jobs of this service do: a line in the log, and, so that there is something to wait for, some seconds of work.
public struct Announce: JobHandler {
    public static let name = "announce"

    public struct Parameters: Codable, Hashable, Sendable {
        public var text: String
        /// How long it takes.
        public var seconds: Int

        public init(text: String, seconds: Int = 0) {
            self.text = text
            self.seconds = seconds
        }
    }

    private let work: @Sendable (Duration) async throws -> Void
    private let say: @Sendable (String, RunContext) -> Void

    /// - Parameters:
    ///   - work: lets time pass; tests hand in a manual clock's.
    ///   - say: where its text goes.
    public init(
        work: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        say: @escaping @Sendable (String, RunContext) -> Void
    ) {
        self.work = work
        self.say = say
    }

    public func run(_ parameters: Parameters, in context: RunContext) async throws {
        if parameters.seconds > 0 { try await work(.seconds(parameters.seconds)) }
        say(parameters.text, context)
    }
}
