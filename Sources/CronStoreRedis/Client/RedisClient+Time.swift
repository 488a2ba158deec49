public import CronJobs

extension RedisClient {
    private static let questions = 3

    /// Asks the server what its clock shows, some times, so that one answer comes quickly.
    public func tellTime(to clock: StoreClock) async throws(RedisError) {
        let connection = try await link().connection
        for _ in 0..<Self.questions {
            let sent = clock.monotonic, reply = try await connection.call(RedisCommand("TIME"))
            guard let seconds = reply.elements?.first?.number, let rest = reply.elements?.last?.number,
                (0..<9_000_000_000).contains(seconds),
                let theirs = WallTime(microseconds: seconds * 1_000_000 &+ rest)
            else { throw RedisError(.notRedis, connection.peer.name, "its answer to TIME is no time") }
            clock.hear(ClockEstimate.Answer(theirs: theirs, sent: sent, received: clock.monotonic))
        }
    }
}

extension WallTime {
    /// `nil` beyond the year 2262.
    init?(microseconds: Int64) {
        let (nanoseconds, overflow) = microseconds.multipliedReportingOverflow(by: 1000)
        if overflow { return nil }
        self.init(nanoseconds: nanoseconds)
    }
}
