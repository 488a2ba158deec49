import CronExpressions
import CronJobs
import Testing

@Suite struct ControlWireTests {
    private let wire = ControlWire(version: "1.2.3")
    private static let time = WallTime(nanoseconds: 1_700_000_000_042_000_000)

    private static let requests: [ControlRequest] = {
        var jobs = JobQuery()
        (jobs.jobs, jobs.contains, jobs.states, jobs.order) = ([JobID("a"), JobID("b")], "x\n", [.paused, .running], .next)
        (jobs.page.limit, jobs.page.isBackwards, jobs.page.after) = (7, true, Page.Place(-3, "a:b"))
        (jobs.words, jobs.showsCommands) = (["a", "b c"], true)
        var runs = RunQuery()
        (runs.jobs, runs.at, runs.outcomes, runs.isOpen, runs.since) = ([JobID("a")], Instant(60), ["failed"], false, time)
        var events = EventFilter()
        (events.jobs, events.kinds) = ([JobID("a")], [.finished, .storeFailed])
        return [
            .service, .jobs(JobQuery()), .jobs(jobs), .runs(RunQuery()), .runs(runs), .why(JobID("a"), at: nil),
            .why(JobID("a"), at: Instant(60)), .run(RunChoice("a@60", attempt: 2)), .run(RunChoice("a")),
            .output(RunChoice("a@60"), follows: true), .output(RunChoice("a"), follows: false), .table, .revisions, .files(revision: 7),
            .trigger(JobID("a"), isForced: false), .trigger(JobID("a"), isForced: true),
            .cancel(RunID(job: JobID("a"), .manual(Instant(5), 7))), .events(EventQuery()),
            .events(EventQuery(events, recent: 20, follows: false)), .pause([JobID("a")], until: nil),
            .pause([JobID("a"), JobID("b")], until: time),
            .resume([JobID("a")]), .reload, .restore(revision: 3), .atList, .atCancel([JobID("at:a")]),
            .at(OnceRequest(time: "14:30", command: "true")),
            .at(OnceRequest(time: "now", command: "", publication: Publication(exchange: "x", key: nil, content: "{\"a\": 1}\n"))),
            .at(
                OnceRequest(
                    time: "tomorrow 9:00", command: "a\n", name: "n", user: "app", directory: "/",
                    variables: [.init(name: "A", value: "b=c")])),
        ]
    }()

    @Test(arguments: requests)
    func aRequestComesAsItWasSent(_ request: ControlRequest) throws {
        let line = wire.line(request)
        #expect(line.filter { $0 == 10 }.count == 1 && line.last == 10)
        #expect(try wire.request(line) == request)
    }

    @Test func everyKindOfRequestIsSent() { #expect(Set(Self.requests.map(\.kind)) == Set(ControlRequest.Kind.allCases)) }

    private static let parts: [ControlPart] = {
        var service = ServiceSnapshot(
            name: "default", version: "1", pid: 7, incarnation: 9, jobs: 2, store: "memory:", durability: "none", seed: "s")
        service.places = [.init(job: "a", at: "/etc/crontab:3")]
        service.degraded = ["one\u{1B}[2J"]
        let job = JobSnapshot(
            id: JobID("a"), schedule: "0 3 * * *", command: "echo \"ü\" \\", user: "root", zone: "UTC", next: Instant(60),
            states: [.paused, .stale], running: 1,
            pause: Pause(from: time, until: nil, by: "uid 0"), place: "f:1")
        let record = RunRecord(
            run: RunID(job: JobID("a"), .scheduled(Instant(60))), attempt: 2, trigger: .catchUp, first: Instant(0), count: 2,
            claimedAt: time, startedAt: time, finishedAt: nil, outcome: .failed(.exit(3)), resources: nil, tail: [])
        var withLast = JobSnapshot(id: JobID("b"), states: [.idle], running: 0)
        withLast.last = .init(record)
        var account = FireTimeAccount(job: JobID("a"), time: Instant(60), verdict: .recorded)
        account.run = RunSnapshot(record)
        let words = [PauseHistory.Word(isPause: true, at: time, by: "uid 0"), .init(isPause: false, at: time + .seconds(1), by: "uid 1")]
        account.pause = PauseHistory(words).period(at: time).map { .init($0) }
        account.revision = .init(number: 7, createdAt: time)
        (account.earlier, account.later, account.next, account.zone) = (Instant(0), Instant(120), Instant(180), "UTC")
        var end = ControlEnd(count: 1, total: nil)
        end.states = ["paused": 3]
        let revision = Revision(number: 1, createdAt: time, origin: .edited, hash: "h", host: "h1", author: "uid 0")
        var change = TableChange(added: 1, revision: 4)
        change.unread = [.init(path: "/etc/cron.d/x", reason: "no")]
        var event = ControlEvent(.finished, at: time, run: record.run, attempt: 1)
        (event.outcome, event.number, event.by) = (.succeeded, 8, Asker(uid: 0, pid: 4, host: "h", role: .read))
        var detail = RunDetail(run: RunSnapshot(record))
        (detail.run.fence, detail.run.host, detail.run.pid, detail.lateMs) = (7, "web-1", 812, 40)
        (detail.environment, detail.environmentOf, detail.kept, detail.dropped) = (["A=b\n"], .table, 5, 1 << 40)
        let piece = OutputPiece(run: record.run, attempt: 2, missing: 9, isEndOnly: true, bytes: [0, 255, 10])
        var once = OnceSnapshot(OnceJobTests.job(), user: "app")
        once.startBy = Instant(1_900_000_060)
        (once.host, once.isShared, once.refusal) = ("web-1", true, "no")
        return [
            .once(once), .once(OnceSnapshot(OnceJobTests.job(), user: "root")), .service(service), .job(job), .job(withLast),
            .run(RunSnapshot(record)), .account(account), .end(end), .detail(detail), .output(piece),
            .file(TableFileSnapshot(path: "p", mode: nil, owner: "0:0", entries: 1, revision: 2, state: "as found", reason: nil)),
            .revision(RevisionSnapshot(revision, current: true, signature: nil)), .content(path: "p", [0, 255, 10]), .change(change),
            .changed([JobID("a")]), .event(event), .gap(3), .end(ControlEnd(count: 1, total: 5, next: Page.Place(0, "a"))),
        ]
    }()

    @Test(arguments: parts)
    func aPartComesAsItWasSent(_ part: ControlPart) throws {
        let line = wire.lines([part])
        #expect(line.filter { $0 == 10 }.count == 1 && line.last == 10 && !line.contains(0x1B))
        #expect(try wire.line(line) == .part(part))
    }

    @Test("The text of a job, which is written without a value in between, is the text of its value")
    func textOfAJob() {
        for case .job(let job) in Self.parts {
            #expect(wire.lines([.job(job)]) == JSONValue.object(["job": job.json]).bytes + [10])
        }
        var job = JobSnapshot(
            id: JobID("a\u{1B}"), schedule: "@reboot", command: "", user: "\u{202E}", zone: nil, next: Instant(1 << 40),
            states: [.stale, .running],
            running: .max)
        job.pause = Pause(from: nil, until: Self.time, by: "\"")
        #expect(wire.lines([.job(job)]) == JSONValue.object(["job": job.json]).bytes + [10])
    }

    @Test func fieldsThatARequestDoesNotKnowAreRefused() {
        let lines = [
            #"{"crond":1,"ask":"pause","jobs":["a"],"until_":"2026-01-01T00:00:00Z"}"#, #"{"crond":1,"ask":"service","uid":0}"#,
            #"{"crond":1,"ask":"jobs","limit":200001}"#, #"{"crond":1,"ask":"jobs","limit":0}"#,
            #"{"crond":1,"ask":"jobs","states":["odd"]}"#,
            #"{"crond":1,"ask":"launch"}"#, #"{"crond":1}"#, #"{"crond":1,"ask":"restore"}"#,
            #"{"crond":1,"ask":"restore","revision":1.5}"#,
            #"{"crond":1,"ask":"runs","at":"noon"}"#, #"{"crond":1,"ask":"jobs","after":"nothing"}"#, #"["crond"]"#, "", "{",
        ]
        for line in lines {
            let refusal = #expect(throws: ControlRefusal.self, "\(line)") { try wire.request(Array(line.utf8)) }
            #expect(refusal?.code == 76)
        }
    }

    @Test func otherVersionsAreRefusedByName() throws {
        let old = #expect(throws: ControlRefusal.self) { try wire.request(Array(#"{"verb":"status"}"#.utf8)) }
        #expect(old?.message.contains("older crond") == true && old?.message.contains("crond 1.2.3, control protocol 1") == true)
        let new = #expect(throws: ControlRefusal.self) {
            try wire.request(Array(#"{"crond":2,"version":"9.0.0","ask":"fly"}"#.utf8))
        }
        #expect(new?.message.contains("crond 9.0.0, control protocol 2") == true && new?.message.contains("crond 1.2.3") == true)
        let oldService = #expect(throws: ControlRefusal.self) { try wire.head(Array(#"{"error":"no"}"#.utf8)) { "0.0.9" } }
        #expect(oldService?.message.contains("crond 0.0.9") == true && oldService?.message.contains("crond 1.2.3") == true)
        let newService = #expect(throws: ControlRefusal.self) {
            try wire.head(Array(#"{"crond":3,"version":"8.0.0","answer":"jobs"}"#.utf8))
        }
        #expect(newService?.message.contains("crond 8.0.0, control protocol 3") == true && newService?.message.contains("1.2.3") == true)
        try wire.head(wire.head(.jobs))
    }

    @Test func partsAndFieldsToComeArePassedOver() throws {
        #expect(try wire.line(Array(#"{"weather":{"sun":true}}"#.utf8)) == .other)
        #expect(try wire.line(Array(#"{"air":1,"gap":2,"sea":3}"#.utf8)) == .part(.gap(2)))
        #expect(try wire.line(Array(#"{"end":{"count":1,"total":2,"weather":0.5}}"#.utf8)) == .part(.end(ControlEnd(count: 1, total: 2))))
    }

    @Test func largeFilesComeInPartsAndAreWholeAgain() {
        let files = [
            TableFile(path: "a", content: (0..<500_000).map { UInt8(truncatingIfNeeded: $0) }), TableFile(path: "b", content: []),
            TableFile(path: "c", content: [1]),
        ]
        let parts = files.flatMap(ControlPart.contents)
        #expect(parts.count == 5)
        #expect(ControlPart.files(in: parts) == files)
    }

    @Test func onlyEnoughRoleIsEnough() throws {
        func asker(_ role: ControlRole) -> Asker { Asker(uid: 1, pid: 2, host: "h", role: role) }
        for request in Self.requests { try request.check(asker(.edit)) }
        let refused = Self.requests.filter { request in (try? request.check(asker(.read))) == nil }
        #expect(Set(refused.map(\.kind)) == [.pause, .resume, .trigger, .cancel, .at, .atCancel, .reload, .restore])
        #expect(throws: ControlRefusal.self) { try ControlRequest.restore(revision: 1).check(asker(.operate)) }
    }

    @Test func whoAskedIsReadFromWhatIsSaidAboutIt() {
        for asker in [Asker(uid: 0, pid: 812, host: "web-0", role: .read), Asker(uid: 1000, pid: 0, host: "h", role: .read)] {
            #expect(Asker("\(asker)") == asker)
        }
        for text in ["", "root", "uid x, host h", "uid 5", "host h", ",,,"] { #expect(Asker(text) == nil, "\(text)") }
    }
}
