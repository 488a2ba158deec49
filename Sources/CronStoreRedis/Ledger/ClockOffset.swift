internal import CronJobs

/// How far another clock is ahead of ours, from questions and answers: the answer that came quickest tells best.
struct ClockOffset {
    private var samples: [(roundTrip: Duration, offset: Duration)] = []

    mutating func add(theirs: WallTime, sent: WallTime, roundTrip: Duration) {
        samples.append((roundTrip, theirs - sent - roundTrip / 2))
        if samples.count > 8 { samples.removeFirst() }
    }

    var best: Duration? { samples.min { $0.roundTrip < $1.roundTrip }?.offset }
}
