internal import CronExpressions
internal import CronFeed
internal import CronJobs
internal import Glibc
internal import Testing

@Suite("Events as others read them") struct CloudEventTests {
    private let source = FeedSource(service: "default", store: "0123456789ab")

    private func event(_ fact: Fact, _ jobs: FeedJobs = FeedJobs()) throws -> FeedEvent {
        var transitions = Transitions()
        return try #require(transitions.take(fact, jobs: jobs).events.first)
    }

    private func text(_ event: FeedEvent, _ mask: SecretMask? = nil) -> String {
        String(decoding: CloudEvent(source: source, mask: mask).json(of: event).bytes, as: UTF8.self)
    }

    @Test("An end, in full") func end() throws {
        let fact = Fact(
            number: 12, at: WallTime(nanoseconds: 1_700_000_061_002_999_999),
            kind: .ended(
                RunID(job: JobID("nightly@web-0"), .scheduled(Instant(1_700_000_060))), attempt: 2, outcome: .failed(.exit(3)),
                first: Instant(1_700_000_000), count: 2))
        var told = try event(fact)
        told.output = "one\n\"two\" \u{1b}[1m"
        let wanted =
            #"{"data":{"attempt":2,"count":2,"event":"failed","exit":3,"failures":1,"first":"2023-11-14T22:13:20Z","host":"web-0","#
            + #""job":"nightly","outcome":"failed(exit 3)","output":"one\n\"two\" \u001b[1m","run":"nightly@web-0@1700000060","#
            + #""scheduled_at":"2023-11-14T22:14:20Z","service":"default","trigger":"scheduled"},"datacontenttype":"application/json","#
            + #""dataschema":"urn:swift-crond:event:1","id":"0123456789ab.nightly@web-0@1700000060.2.failed","#
            + #""sequence":"0000000000000000012.01","source":"/crond/default/0123456789ab","specversion":"1.0","subject":"nightly@web-0","#
            + #""time":"2023-11-14T22:14:21.002Z","type":"crond.failed"}"#
        #expect(text(told) == wanted)
    }

    @Test("An event has one id, whatever number its fact has; others have others") func ids() throws {
        let first = try event(Making.ended(5, "a", .succeeded)), run = Making.run("a", 5)
        let again = try event(
            Fact(number: 99, at: WallTime(Instant(9)), kind: .ended(run, attempt: 1, outcome: .succeeded, first: Instant(5), count: 1)))
        #expect(source.id(of: first) == source.id(of: again))
        #expect(source.id(of: try event(Making.ended(6, "a", .succeeded))) != source.id(of: first))
        #expect(FeedSource(service: "default", store: "other").id(of: first) != source.id(of: first))
        let long = try event(Making.ended(5, String(repeating: "é", count: 127), .succeeded))
        let longer = try event(Making.ended(5, String(repeating: "é", count: 127) + "x", .succeeded))
        #expect(source.id(of: long).utf8.count <= 210 && source.id(of: long) != source.id(of: longer))
    }

    @Test("The routing key has four words, also where a name has dots") func keys() throws {
        #expect(source.routingKey(of: try event(Making.ended(1, "nightly", .missed(1)))) == "crond.default.nightly.missed")
        #expect(source.routingKey(of: try event(Making.ended(1, "all@web.example.com", .succeeded))) == "crond.default.all.succeeded")
        #expect(source.routingKey(of: try event(Making.ended(1, "at:a.b #*", .succeeded))) == "crond.default.at:a_b___.succeeded")
        let table = try event(Fact(number: 1, at: WallTime(nanoseconds: 0), kind: .tableChanged(revision: 4)))
        #expect(source.routingKey(of: table) == "crond.default.-.table_changed")
        #expect(source.routingKey(of: try event(Making.ended(1, String(repeating: "é", count: 128), .succeeded))).utf8.count < 255)
    }

    @Test("Nothing of the command is told, and what a mask knows is hidden in all that others wrote") func secrets() throws {
        let mask = try #require(SecretMask(["s3cret-word"]))
        var told = try event(
            Making.ended(1, "a", .undelivered("at s3cret-word")), FeedJobs([JobID("a"): Making.job("a")]))
        told.output = "x s3cret-word y"
        #expect(!text(told, mask).contains("s3cret") && text(told, mask).contains("x *** y"))
        #expect(!text(told).contains("secret-command"))
        let lack = try event(Fact(number: 1, at: WallTime(nanoseconds: 0), kind: .degraded("store", reason: "of s3cret-word")))
        #expect(text(lack, mask).contains(#""reason":"of ***""#))
    }

    @Test("The published schema knows each event, and each field that an event can have") func schema() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let file = try #require(fopen("/\(root)/docs/event.schema.json", "r"), "docs/event.schema.json cannot be read")
        defer { fclose(file) }
        var bytes: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        guard case .object(let schema) = try JSONReader.read(bytes), case .object(let properties)? = schema["properties"],
            case .object(let data)? = properties["data"], case .object(let fields)? = data["properties"],
            case .object(let kind)? = fields["event"], case .list(let kinds)? = kind["enum"]
        else { return #expect(Bool(false), "it has another form") }
        #expect(Set(kinds) == Set(FeedEvent.Kind.allCases.map { JSONValue.text($0.rawValue) }))
        var told = try event(
            Fact(
                number: 1, at: WallTime(nanoseconds: 0),
                kind: .ended(Making.run("a@h", 1), attempt: 1, outcome: .failed(.exit(1)), first: Instant(1), count: 1)))
        (told.lateness, told.startedAt, told.revision, told.lack, told.reason) = (.zero, told.at, 1, "", "")
        (told.lost, told.output) = (1, "")
        guard case .object(let written) = CloudEvent(source: source).json(of: told), case .object(let all)? = written["data"] else {
            return #expect(Bool(false))
        }
        #expect(Set(all.keys) == Set(fields.keys))
        #expect(Set(written.keys) == Set(properties.keys))
    }
}
