internal import Glibc
internal import Testing

@Suite("A replica that is frozen", .first, .timeLimit(.minutes(4)))
struct FrozenReplicaTests {
    private static let twoLeases = Duration.seconds(65)

    @Test(
        "What it had won right before does not start when it goes on after two leases, and what ran and ended meanwhile is not told as its own; another one wrote both down as interrupted, and tried them again if it may",
        arguments: [1, 2])
    func frozen(attempts: Int) async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            let proxy = try await Proxy(to: redis, "held")
            defer { proxy.end() }
            // So many that each replica comes first for one of them: which does is drawn.
            let table = Start.table(14, "attempts=\(attempts)") + "# crond: name=long attempts=\(attempts)\n0 0 0 1 1 ? sleep 20\n"
            let replicas = try await Replicas(plain, stores: [proxy.url, redis.url], table: table, haveHosts: true)
            try await plain.moreStarts(16)
            let asked = try await Program.run([Program.crond, "trigger", "long", "--socket", "\(plain.folder.path)/socket-0"])
            let long = String(asked.out.prefix { $0 != " " })
            _ = try await replicas[0].expect("job started", ["run": long])
            // A claim that is won is answered with its fence, which begins as the last one did.
            proxy.hold(from: ":" + (try await redis.call("HGET", "{cron:default}:meta", "fence")).prefix(5))
            try await eventually("a claim that the first has won and not heard of") { proxy.isHolding }
            try replicas[0].signal(SIGSTOP)
            let won = try await Self.claimed(redis)
            #expect(!won.isEmpty)
            proxy.release()
            try await Task.sleep(for: Self.twoLeases)
            let meanwhile = try Start.all(plain)
            let instead = meanwhile.filter { won.contains($0.run) }
            #expect(instead.allSatisfy { $0.attempt == 2 }, "nobody started what was won: \(instead)")
            #expect(Set(instead.map(\.run)) == (attempts == 2 ? won : []), "it was tried again if it may be")
            #expect(meanwhile.count > 8 * 40, "the other went on")
            for run in won {
                let finished = replicas[1].log("job finished", ["run": run])
                #expect(finished.map { $0["outcome"] } == (attempts == 2 ? ["interrupted", "succeeded"] : ["interrupted"]), "\(run)")
            }
            let frozen = replicas[0].log("job started").count
            try replicas[0].signal(SIGCONT)
            try await eventually("the first starts again", within: .seconds(30)) { replicas[0].log("job started").count > frozen }
            try await eventually("what became of the run that had gone on") {
                !replicas[0].log(
                    "job ended, but its lease was lost and another host has taken the run over: what that recorded counts", ["run": long]
                )
                .isEmpty
            }
            #expect(replicas[0].log("job finished", ["run": long]).isEmpty, "one line for it")
            let shown = try await Program.run([
                Program.crond, "show", long, "--attempt", "1", "--json", "--socket", "\(plain.folder.path)/socket-1",
            ])
            #expect(shown.out.contains("\"outcome\":\"interrupted\"") && shown.out.contains("\"host\":\"replica-0\""), "\(shown)")
            try await replicas.stop()
            let starts = try Start.all(plain)
            #expect(starts.allSatisfy { $0.attempt == 2 || !won.contains($0.run) }, "it did not start what it had lost")
            #expect(Start.doubled(starts) == [])
        }
    }

    /// Attempts that stay claimed, and so are the frozen one's.
    private static func claimed(_ redis: Redis) async throws -> Set<String> {
        var seen: [Set<String>] = []
        for _ in 0..<3 {
            let lines = try await redis.call("HGETALL", "{cron:default}:runs").split(separator: "\n")
            let claimed = stride(from: 0, to: lines.count - 1, by: 2).filter { lines[$0 + 1].split(separator: " ")[1] == "claimed" }
            seen.append(Set(claimed.map { String(lines[$0].prefix { $0 != "#" }) }))
            try await Task.sleep(for: .milliseconds(700))
        }
        return seen.dropFirst().reduce(seen[0]) { $0.intersection($1) }
    }
}
