// A job's pauses are a list of words, each by somebody at some time: pause, until then or for good, and go on. The last word counts, until the
// end that it names. Everything else follows from the list: who paused it when, and whether it was paused at some time.

/// What was said about the pause of one job.
public struct PauseHistory: Hashable, Sendable {
    /// So many words are kept.
    public static let bound = 64
    /// And for so long after the job went on.
    public static let age = Duration.seconds(30 * 86_400)
    public static let mostBytesOfName = 256

    /// One thing that somebody said: pause, until then or for good, or go on.
    public struct Word: Hashable, Sendable {
        public var isPause: Bool
        /// `nil` where it was said before stores noted that.
        public var at: WallTime?
        public var until: WallTime?
        public var by: String

        public init(isPause: Bool, at: WallTime?, until: WallTime? = nil, by: String) {
            self.isPause = isPause
            self.at = at
            self.until = isPause ? until : nil
            self.by = String(decoding: by.utf8.prefix(PauseHistory.mostBytesOfName), as: UTF8.self)
        }
    }

    /// A time in which the job was paused.
    public struct Period: Hashable, Sendable {
        public var pause: Pause
        /// When it was over, and who ended or changed it; nobody where its end was named before.
        public var end: WallTime?
        public var endedBy: String?

        /// Its beginning lies in it, its end does not.
        public func contains(_ time: WallTime) -> Bool { pause.from.map { $0 <= time } ?? true && end.map { time < $0 } ?? true }
    }

    /// Oldest first.
    public private(set) var words: [Word]

    public init(_ words: [Word] = []) { self.words = Array(words.suffix(Self.bound)) }

    /// Beyond `bound` the oldest word is dropped.
    public mutating func add(_ word: Word) {
        words.append(word)
        if words.count > Self.bound { words.removeFirst() }
    }

    /// How it is paused at `now`, after all that was said.
    public func pause(now: WallTime) -> Pause? {
        guard let last = words.last, last.isPause, last.until.map({ now < $0 }) ?? true else { return nil }
        return Pause(from: last.at, until: last.until, by: last.by)
    }

    /// The times in which it was paused, newest first.
    public var periods: [Period] {
        var periods: [Period] = [], next: Word?
        for word in words.reversed() {
            if word.isPause {
                let pause = Pause(from: word.at, until: word.until, by: word.by)
                if let until = word.until, next?.at.map({ until <= $0 }) ?? true {
                    periods.append(Period(pause: pause, end: until, endedBy: nil))
                } else {
                    periods.append(Period(pause: pause, end: next?.at, endedBy: next?.by))
                }
            }
            next = word
        }
        return periods
    }

    /// The pause in which a time lay, and who asked for it; `nil` where the job was not paused then, as far as is known.
    public func period(at time: WallTime) -> Period? { periods.first { $0.contains(time) } }

    /// Whether it can be forgotten.
    public func isOver(_ now: WallTime) -> Bool {
        guard let last = words.last, let end = last.isPause ? last.until : last.at ?? WallTime(nanoseconds: .min) else {
            return words.isEmpty
        }
        return now.nanoseconds.subtractingReportingOverflow(end.nanoseconds).partialValue >= Self.age.wholeNanoseconds
    }
}
