import CronExpressions
import CronJobs
import Testing

@Suite struct OnceJobTests {
    static let asker = Asker(uid: 0, pid: 812, host: "web-1", role: .read)

    static func job(_ name: String = "at:reindex", at seconds: Int64 = 1_800_000_000, _ command: String = "true") -> OnceJob {
        OnceJob(
            id: JobID(name), time: Instant(seconds), zone: "Europe/Berlin", command: command, user: "app", owner: 0, directory: "/srv",
            variables: [.init(name: "A", value: "x=\"1\"\n"), .init(name: "B", value: "")], by: asker,
            askedAt: WallTime(nanoseconds: 1_700_000_000_042_000_000), number: "n")
    }

    @Test("A job that runs once comes back from a store as it was put there")
    func roundTrip() throws {
        let job = Self.job("at:a", "printf '%s\n' ü \u{1B}[2J")
        let kept = try #require(KeptOnce(job.stored(mac: "m")))
        #expect(kept.job == job)
        #expect(kept.mac == "m")
        #expect(kept.body == job.body)
        #expect(KeptOnce(kept.stored) == kept)
        #expect(try #require(KeptOnce(job.stored(mac: nil))).mac == nil)
        try job.stored(mac: "m").check()
    }

    @Test("One that publishes says so in the store, without a command that an older program could run")
    func publication() throws {
        var job = Self.job("at:p", "")
        job.publication = Publication(exchange: "notices", key: "k", content: "{\"a\": \"ü\"}")
        let kept = try #require(KeptOnce(job.stored(mac: "m")))
        #expect(kept.job == job && !kept.body.contains("command"))
        #expect(job.job(as: nil).action == .publish(Publication(exchange: "notices", key: "k", content: "{\"a\": \"ü\"}")))
        #expect(OnceSnapshot(job, user: "").command == "publish to notices, key k")
    }

    @Test("What a store has and is no such job is passed over, whoever wrote it")
    func rubbish() throws {
        let good = Self.job().stored(mac: nil)
        var rubbish: [StoredJob] = []
        for schedule in ["", "0 9 * * *", "1800000000 ", "+1800000000", "01", "99999999999999999999"] {
            var job = good
            job.schedule = schedule
            rubbish.append(job)
        }
        for action in [
            "", "{}", "[]", "{\"body\":1}", "{\"body\":\"{}\"}", "{\"body\":\"x\"}", "{\"body\":\"{\\\"command\\\":\\\"a\\\"}\"}",
        ] {
            var job = good
            job.action = Array(action.utf8)
            rubbish.append(job)
        }
        for id in ["at:", "at:-a", "at:a b", "at:a\nb", "at:é", "reindex", "at:\(String(repeating: "x", count: 65))"] {
            var job = good
            job.id = JobID(id)
            rubbish.append(job)
        }
        for job in rubbish { #expect(KeptOnce(job) == nil, "\(job.id) \(job.schedule)") }
        var nul = Self.job()
        nul.command = "a\u{0}b"
        #expect(KeptOnce(nul.stored(mac: nil)) == nil)
        var variable = Self.job()
        variable.variables = [.init(name: "A B", value: "")]
        #expect(KeptOnce(variable.stored(mac: nil)) == nil)
    }

    @Test("It is a job of a scheduler with one fire time, its directory and its variables")
    func asJob() {
        let job = Self.job().job(as: "app")
        #expect(job.nextFireTime(after: Instant(1_799_999_999)) == Instant(1_800_000_000))
        #expect(job.nextFireTime(after: Instant(1_800_000_000)) == nil)
        #expect(job.command?.user == "app")
        #expect(job.command?.variables["A"] == "x=\"1\"\n")
        #expect(job.policies.values.directory == "/srv")
        #expect(job.policies.values.grace == .seconds(60))
    }
}
