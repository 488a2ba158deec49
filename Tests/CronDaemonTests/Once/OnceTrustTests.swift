import CronDaemon
import CronExpressions
import CronJobs
import CronTables
import Testing

@Suite struct OnceTrustTests {
    private static func key(_ letter: String) throws -> TableKey { try TableKey(Array(String(repeating: letter, count: 32).utf8)) }

    static func trust(
        name: String = "default", host: String = "web-1", isShared: Bool = true, table: String? = nil, follows: Bool = false,
        own: String? = "h"
    ) throws -> OnceTrust {
        OnceTrust(
            name: name, host: host, isShared: isShared, tableKey: try table.map(key), follows: follows, hostKey: try own.map(key))
    }

    static func job(_ name: String = "at:a", host: String = "web-1", at seconds: Int64 = 1000, number: String = "1") -> OnceJob {
        OnceJob(
            id: JobID(name), time: Instant(seconds), zone: "UTC", command: "true", owner: 0,
            by: Asker(uid: 0, pid: 1, host: host, role: .read), askedAt: WallTime(nanoseconds: 0), number: number)
    }

    private static func judge(_ trust: OnceTrust, _ stored: StoredJob) throws -> OnceTrust.Verdict {
        trust.judge(try #require(KeptOnce(stored)))
    }

    @Test("With a table key what is signed with it runs on every host, and nothing else does")
    func tableKey() throws {
        let trust = try Self.trust(table: "k"), other = try Self.trust(host: "web-2", table: "k", own: nil)
        let signed = trust.sign(Self.job())
        #expect(try Self.judge(trust, signed) == .usable)
        #expect(try Self.judge(other, signed) == .usable)
        #expect(!trust.staysHere)
        #expect(try Self.judge(trust, Self.job().stored(mac: nil)) == .refused(.unsigned))
        #expect(try Self.judge(trust, Self.trust(table: "x").sign(Self.job())) == .refused(.altered))
        #expect(try Self.judge(trust, Self.trust(name: "other", table: "k").sign(Self.job())) == .refused(.altered))
        #expect(try Self.judge(trust, Self.trust().sign(Self.job())) == .refused(.altered), "a host's own key is not the table's")
    }

    @Test("A signature covers id, time, user, command, environment, directory and who asked")
    func everythingIsCovered() throws {
        let trust = try Self.trust(table: "k")
        let mac = try #require(KeptOnce(trust.sign(Self.job()))).mac
        let changes: [(inout OnceJob) -> Void] = [
            { $0.id = JobID("at:b") }, { $0.time = Instant(1001) }, { $0.user = "app" }, { $0.command = "rm" }, { $0.owner = 1 },
            { $0.variables = [.init(name: "A", value: "1")] }, { $0.directory = "/" }, { $0.by.host = "web-2" }, { $0.number = "2" },
            { $0.zone = "CET" },
        ]
        for (index, change) in changes.enumerated() {
            var job = Self.job()
            change(&job)
            #expect(try Self.judge(trust, job.stored(mac: mac)) == .refused(.altered), "change \(index)")
        }
        #expect(try Self.judge(trust, Self.job().stored(mac: mac)) == .usable)
    }

    @Test("Without a key a host runs what it took itself, and leaves others' to them; a name alone is not enough")
    func ownHostOnly() throws {
        let trust = try Self.trust(), other = try Self.trust(host: "web-2", own: "o")
        let signed = trust.sign(Self.job())
        #expect(trust.staysHere)
        #expect(try Self.judge(trust, signed) == .usable)
        #expect(try Self.judge(other, signed) == .foreign("web-1"))
        #expect(try Self.judge(trust, Self.job().stored(mac: nil)) == .refused(.notOurs))
        #expect(try Self.judge(trust, Self.trust(own: "o").sign(Self.job())) == .refused(.notOurs), "the host's name, another's key")
        #expect(try Self.judge(Self.trust(own: nil), signed) == .refused(.notOurs), "the key was lost")
    }

    @Test("Who follows the table of others runs what they took; nobody else writes into a file of our own")
    func trusted() throws {
        let unsigned = Self.job(host: "web-2").stored(mac: nil)
        #expect(try Self.judge(Self.trust(follows: true, own: nil), unsigned) == .usable)
        #expect(try Self.judge(Self.trust(isShared: false, own: nil), unsigned) == .usable)
        #expect(try Self.judge(Self.trust(table: "k", follows: true), unsigned) == .refused(.unsigned), "a key counts first")
    }
}
