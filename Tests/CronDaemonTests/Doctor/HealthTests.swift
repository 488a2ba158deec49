import CronExpressions
import CronJobs
import CronTables
@testable import CronDaemon
import CronProcesses
import CronStoreSQLite
import Testing

@Suite struct HealthTests {
    private func verdicts(_ findings: [Finding]) -> [Finding.Verdict] { findings.map(\.verdict) }

    @Test func whatIsToBeDoneIsSaidWithEachFault() {
        let faults: [[Finding]] = [
            ClockHealth(now: Instant(0)).findings, ClockHealth(now: Instant(1_800_000_000), storeDifferenceMs: -2500).findings,
            UserHealth(uid: 0, switching: .noCapability, isNamed: true).findings,
            UserHealth(uid: 0, switching: .groupsDenied, isNamed: true).findings,
            UserHealth(uid: 0, switching: .nobodyElse, isNamed: true).findings, ProcessHealth(service: 7, first: "bash").findings,
            TableHealth(files: [.init(path: "/t", entries: 2, badLines: 1)]).findings.filter { $0.verdict != .ok },
            TableHealth(files: [.init(path: "/t", entries: 2, badLines: 0, unknownUsers: ["bob"])]).findings.filter { $0.verdict != .ok },
            TableHealth(unusable: [("/t", "is refused (owner)")]).findings, TableHealth(absent: ["/t"]).findings,
            TableHealth(passedOver: ["/etc/cron.d/a.bak"]).findings, StoreHealth(state: .nowhere).findings,
            StoreHealth(state: .file(path: "/s", .failure(StoreError(.readOnly, "directory /: Read-only file system")))).findings,
            StoreHealth(state: .server(url: "redis://r", .failure(StoreError(.unavailable, "no answer")))).findings,
        ]
        for findings in faults {
            #expect(findings.count == 1 && findings.allSatisfy { $0.verdict == .todo && $0.remedy?.isEmpty == false }, "\(findings)")
        }
    }

    @Test func whatIsWellIsSaidInOneLineWithoutARemedy() {
        let well: [[Finding]] = [
            ClockHealth(now: Instant(1_800_000_000), storeDifferenceMs: 900).findings,
            UserHealth(uid: 0, switching: .possible, isNamed: true).findings,
            UserHealth(uid: 1234, switching: .noCapability, isNamed: false).findings,
            ProcessHealth(service: nil, first: "bash").findings, ProcessHealth(service: 7, first: "tini").findings,
            ProcessHealth(service: 1, first: "crond").findings, TableHealth(files: [.init(path: "/t", entries: 2, badLines: 0)]).findings,
            TableHealth(absent: ["/etc/crontab"], isDefault: true).findings, StoreHealth(state: .memory).findings,
            StoreHealth(state: .server(url: "redis://r", .success([]))).findings,
        ]
        for findings in well {
            #expect(findings.count == 1 && findings.allSatisfy { $0.verdict == .ok && $0.remedy == nil }, "\(findings)")
        }
        #expect(verdicts(ProcessHealth(service: 7, first: nil).findings) == [.unknown])
    }

    @Test func aServiceWithOtherFilesSaysHowTheyAre() throws {
        let usual = TableSource(files: ["/etc/crontab"], dropInFolders: ["/etc/cron.d"], waits: true)
        func file(_ path: String, _ state: String = "as found", _ reason: String? = nil) -> TableFileSnapshot {
            TableFileSnapshot(path: path, mode: nil, owner: nil, entries: 1, revision: 1, state: state, reason: reason)
        }
        #expect(TableHealth.findings(of: [file("/etc/crontab"), file("/etc/cron.d/a")], besides: usual) == nil, "looked at anyway")
        let other = try #require(TableHealth.findings(of: [file("/app/tab"), file("/app/b", "refused", "owned by uid 7")], besides: usual))
        #expect(
            verdicts(other) == [.ok, .todo]
                && other.map(\.text) == ["/app/tab: 1 entry, as found", "/app/b: 1 entry, refused: owned by uid 7"])
    }

    @Test func limitsAreJudgedByWhatAServiceDoesWithThem() {
        var limits = LimitHealth(files: 20_000, watching: .works)
        #expect(verdicts(limits.findings) == [.ok, .ok, .ok])
        limits.files = 100
        #expect(limits.findings[0].verdict == .todo && limits.findings[0].text.contains("runs at once: 9 at most"), "\(limits.findings[0])")
        limits.processesLeft = 10
        #expect(verdicts(limits.findings) == [.todo, .todo, .ok])
        limits.processesLeft = 1000
        limits.shortage = "cannot create 9 threads"
        #expect(limits.findings[1].verdict == .todo && limits.findings[1].text == "cannot create 9 threads")
        for watching in [LimitHealth.Watching.noInstance, .noWatch, .unknown(38)] {
            limits.watching = watching
            #expect(limits.findings[2].verdict == .todo && limits.findings[2].text.contains("15 s"))
        }
    }

    @Test func aVolumeIsJudgedByHowLongItLastsAndWhatItHolds() throws {
        var look = try StoreLook("/var/lib/crond-that-is-not-there/default.db")
        #expect(look.folder == "/var/lib" && !look.isThere, "the nearest folder that exists")
        (look.isEphemeral, look.exposure, look.freeBytes, look.freeFiles) = (false, nil, 1 << 30, 1000)
        func state(_ look: StoreLook) -> [Finding] { StoreHealth(state: .file(path: "/s", .success(look))).findings }
        #expect(verdicts(state(look)) == [.ok, .ok])
        look.freeFiles = 3
        #expect(verdicts(state(look)) == [.ok, .todo])
        look.freeFiles = nil
        look.freeBytes = 1 << 20
        #expect(verdicts(state(look)) == [.ok, .todo])
        look.isEphemeral = true
        #expect(state(look).last?.remedy == "mount a volume there")
        look.exposure = "its folder is writable by everybody"
        #expect(verdicts(state(look)) == [.ok, .todo, .todo])
    }

    @Test func aFindingIsTheSameAfterJSON() throws {
        let finding = Finding.todo("store", "a \"text\"", "do it")
        #expect(try Finding(json: JSONReader.read(finding.json.bytes)) == finding)
    }
}
