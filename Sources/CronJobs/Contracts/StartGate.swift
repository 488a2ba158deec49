/// What stands between a claim and a start that comes late.
///
/// Whoever won a claim on a shared store and was then held up (a frozen process, a long queue) may have lost it meanwhile. So a runner looks at
/// the gate right before it starts an attempt, and asks where it has closed.
public final class StartGate: Hashable, Sendable {
    /// Until then the claim is young enough to be trusted.
    public let openUntil: MonotonicTime
    private let question: @Sendable (Start) async -> Bool?

    /// How long a claim is trusted without asking.
    public static let trust = Duration.seconds(2)

    /// - Parameter question: whether the attempt may start now; `nil` where nobody can tell, to be asked again.
    public init(openUntil: MonotonicTime, question: @escaping @Sendable (Start) async -> Bool?) {
        self.openUntil = openUntil
        self.question = question
    }

    /// Whether nobody needs to be asked yet.
    public func isOpen(at now: MonotonicTime) -> Bool { now <= openUntil }

    /// Asks. `nil` where nobody can tell now: to be asked again, not to be started.
    public func mayStart(_ start: Start) async -> Bool? { await question(start) }

    /// Each gate is its own.
    public static func == (a: StartGate, b: StartGate) -> Bool { a === b }

    /// By identity.
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
