// tidy: helper
internal import Glibc

/// Looks every 20 ms until the condition holds; throws after the deadline.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        guard clock.now < deadline else { throw Complaint("waited \(limit) in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

/// Waits until what was due at the beginning of a second is under way.
func middleOfASecond() async throws {
    try await eventually("the middle of a second") {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (600_000_000..<800_000_000).contains(now.tv_nsec)
    }
}
