@testable internal import CronRabbitMQ
internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite struct MessageMakerTests {
    private func attempt(_ name: String = "nightly", number: Int = 1, body: [UInt8]? = nil) -> Attempt {
        let job = Job(id: JobID(name), timing: .startup, action: .publish(Publication(exchange: "x", key: "k", content: "text")))
        return Attempt(
            run: RunID(job: job.id, .scheduled(Instant(1_700_000_000))), number: number, fence: 7, trigger: .scheduled, job: job,
            scheduledAt: Instant(1_700_000_000), missed: 2, body: body)
    }

    private func made(_ attempt: Attempt) -> Message? {
        guard case .publish(let publication) = attempt.job.action else { return nil }
        return MessageMaker(service: "default").message(
            publication, attempt, at: WallTime(nanoseconds: 1_700_000_001_500_000_000))
    }

    @Test func whatItSays() throws {
        let message = try #require(made(attempt()))
        #expect(message.id == "nightly@1700000000.1" && message.exchange == "x" && message.key == "k" && message.body == Array("text".utf8))
        #expect(message.timestamp == 1_700_000_001 && message.contentType == "text/plain")
        let headers = Dictionary(uniqueKeysWithValues: message.headers.map { ($0.name, $0.value) })
        #expect(
            headers == [
                "cron-job": .text("nightly"), "cron-run": .text("nightly@1700000000"), "cron-scheduled-at": .text("2023-11-14T22:13:20Z"),
                "cron-attempt": .number(1), "cron-fence": .number(7), "cron-lateness-ms": .number(1500), "cron-missed": .number(2),
                "cron-service": .text("default"),
            ])
    }

    @Test func whatSomebodyAskedForIsNeverLate() throws {
        var asked = attempt()
        asked.run = RunID(job: asked.job.id, .manual(Instant(1_700_000_000), 7))
        asked.trigger = .manual
        #expect(try #require(made(asked)).headers.contains(.init("cron-lateness-ms", .number(0))))
    }

    @Test func aFurtherAttemptHasTheSameIDAndItsOwnNumber() throws {
        let message = try #require(made(attempt(number: 3)))
        #expect(message.id == "nightly@1700000000.1" && message.headers.contains(.init("cron-attempt", .number(3))))
    }

    @Test func theStoredBodyGoesBeforeTheEntrysOwn() throws {
        #expect(try #require(made(attempt(body: [0, 255]))).body == [0, 255])
    }

    @Test func anIDHasRoomInAMessageAndStaysItsOwn() {
        let long = String(repeating: "h", count: 250)
        let ids = ["a", "b"].map { MessageMaker.id(of: RunID(job: JobID("\(long)\($0)"), .scheduled(Instant(1)))) }
        #expect(ids.allSatisfy { $0.utf8.count <= 255 } && ids[0] != ids[1])
    }

    @Test(arguments: [
        (#"{"a": [1, 2]}"#, "application/json"), ("\n [1]\n", "application/json"), ("{a}", "text/plain"), ("[1", "text/plain"),
        ("", "text/plain"),
        ("7", "text/plain"), ("héllo", "text/plain"),
    ]) func contentTypes(_ body: String, _ type: String) { #expect(MessageMaker.contentType(of: Array(body.utf8)) == type) }

    @Test func bytesThatAreNoText() {
        #expect(MessageMaker.contentType(of: [0xFF, 0xFE]) == "application/octet-stream")
        #expect(MessageMaker.contentType(of: [65, 0]) == "application/octet-stream")
        let large = Array(("[" + String(repeating: "1,", count: 50_000) + "1]").utf8)
        #expect(MessageMaker.contentType(of: large) == "application/json", "judged by its ends")
    }

    @Test(arguments: [
        ("312 NO_ROUTE", "no queue"), ("404 NOT_FOUND - no exchange 'x'", "no exchange"), ("403 ACCESS_REFUSED", "forbidden"),
        ("a queue refused it", "queue refused"), ("406 PRECONDITION_FAILED", "refused"),
    ]) func outcomesInAWord(_ reason: String, _ word: String) { #expect(Delivery.undelivered(reason).word == word) }
}
