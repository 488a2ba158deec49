internal import CronExpressions
internal import CronJobs

// How short the machine is of what gates ask for. Whoever is due first waits a moment for the reading; while somebody is held, it is read again
// every two seconds, which is as often as the kernel reckons it anew.
//
//    rests ──somebody is held──▶ reads ──a reading──▶ rests

/// The last reading of the machine's load.
struct LoadReadings {
    static let interval = Duration.seconds(2)
    private static let freshness = Duration.seconds(1)

    private var values: [LoadGate.Resource: Double] = [:]
    private var readAt: MonotonicTime?
    private var isReading = false
    /// What the system does not tell about: a gate on that is open.
    private var unknown: Set<LoadGate.Resource> = []

    /// Whether a run may start now, as far as a fresh reading tells.
    func isOpen(_ gate: LoadGate, _ now: MonotonicTime) -> Bool {
        if unknown.contains(gate.resource) { return true }
        guard let readAt, now - readAt <= Self.freshness, let value = values[gate.resource] else { return false }
        return value <= Double(gate.percent)
    }

    /// Whether it is to be read, for somebody who is held.
    mutating func begin(_ now: MonotonicTime) -> Bool {
        if isReading { return false }
        // Who is held was held by that.
        if let readAt, now - readAt <= Self.freshness { return false }
        isReading = true
        return true
    }

    /// Takes a reading; answers what it does not tell, where that is new.
    mutating func take(_ reading: [LoadGate.Resource: Double], _ now: MonotonicTime) -> [LoadGate.Resource] {
        isReading = false
        readAt = now
        values = reading
        let missing = LoadGate.Resource.allCases.filter { reading[$0] == nil && !unknown.contains($0) }
        unknown = Set(LoadGate.Resource.allCases.filter { reading[$0] == nil })
        return missing
    }
}
