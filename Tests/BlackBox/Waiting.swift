// tidy: helper

/// Looks every 20 ms until the condition holds; throws after the deadline.
func eventually(_ what: String, within limit: Duration = .seconds(10), _ condition: () throws -> Bool) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try !condition() {
        guard clock.now < deadline else { throw Complaint("waited \(limit) in vain for \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}
