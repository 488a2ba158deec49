// What a clock elsewhere shows now, from questions that it answered.
//
//        we ask            it looks at its clock         its answer is here
//   ───────┼──────────────────────┼──────────────────────────────┼────▶  our monotonic clock
//         sent                                               received
//
// It looked at some moment between the two, so half the round trip is the most that the middle can be off, and the quickest of the last answers
// tells best. Between answers our monotonic clock carries on. An answer that does not fit by more than its round trip and a tenth of a second
// says that one of the clocks was set: what came before it means nothing any more.

/// A clock elsewhere, by our monotonic clock.
public struct ClockEstimate: Sendable {
    /// One question that the other clock answered, and when it was sent and answered by ours.
    public struct Answer: Hashable, Sendable {
        /// What the other clock showed.
        public var theirs: WallTime
        public var sent: MonotonicTime
        public var received: MonotonicTime

        public init(theirs: WallTime, sent: MonotonicTime, received: MonotonicTime) {
            self.theirs = theirs
            self.sent = sent
            self.received = received
        }
    }

    private struct Sample {
        var roundTrip: Int64
        /// The other clock minus our monotonic one, in nanoseconds.
        var lead: Int64
    }

    /// How much an answer may be off besides its round trip.
    public static let tolerance = Duration.milliseconds(100)
    private static let kept = 8

    private var samples: [Sample] = []

    public init() {}

    /// Takes an answer in.
    ///
    /// - Returns: how far the other clock was set since the answers before; `nil` where this one fits them, or is the first.
    @discardableResult
    public mutating func add(_ answer: Answer) -> Duration? {
        let roundTrip = max(0, (answer.received - answer.sent).wholeNanoseconds)
        let sample = Sample(
            roundTrip: roundTrip, lead: answer.theirs.nanoseconds &- answer.sent.nanoseconds &- roundTrip / 2)
        guard let known = best else {
            samples = [sample]
            return nil
        }
        let jump = Duration.nanoseconds(sample.lead &- known.lead), limit = Duration.nanoseconds(roundTrip) + Self.tolerance
        guard jump > limit || jump < .zero - limit else {
            samples.append(sample)
            if samples.count > Self.kept { samples.removeFirst() }
            return nil
        }
        samples = [sample]
        return jump
    }

    /// What the other clock shows at a moment; `nil` before the first answer.
    public func reading(at moment: MonotonicTime) -> WallTime? {
        best.map { WallTime(nanoseconds: moment.nanoseconds &+ $0.lead) }
    }

    private var best: Sample? { samples.min { $0.roundTrip < $1.roundTrip } }
}
