import Glibc
import Testing

/// With a real broker, which takes seconds to start: few tests, each of a whole story.
@Suite("Jobs that publish", .serialized, .inPlace, .enabled(if: Rabbit.isThere, Comment(rawValue: Rabbit.skipped)), .timeLimit(.minutes(4)))
struct PublishingTests {
    @Test(
        "The legacy service's consumer gets the stored body as it is, by its exchange and key; other entries send their input or their text",
        .enabled(if: Rabbit.hasPika, "this Python has no pip, so there is no pika"))
    func legacyConsumer() async throws {
        try await Plain.use { plain in
            let rabbit = try await Rabbit(in: plain), redis = try await Redis(in: plain)
            try await redis.beKnown()
            try await rabbit.declare("cmop.notices", "scheduled", key: "notice.#")
            let body = #"{"to": "billing", "text": "it's $(due) \u00fc|100%"}"#
            try await redis.call("HSET", "crond_service_schedule", "note", last: body)
            try await redis.call("HSET", "crond_service_schedule", "empty", last: "")
            let service = try await plain.start(
                """
                # crond: every=1s name=note publish=amqp exchange=cmop.notices key=notice.billing
                @every the legacy service would have run this
                # crond: every=1s name=input publish=amqp exchange=cmop.notices key=notice.input
                @every ignored%["of", "the input"]
                # crond: every=1s name=text publish=amqp key=scheduled
                @every reindex now
                # crond: every=1s name=empty publish=amqp exchange=cmop.notices key=notice.empty
                @every not this text
                # crond: every=1s name=wrong publish=amqp exchange=nowhere key=x
                @every text

                """, ["--amqp", rabbit.url.replacingScheme], store: redis.url)
            try await service.expect("connected to the broker", ["broker": rabbit.url])
            var seen: [String: String] = [:]
            for line in try await rabbit.consume("scheduled", 12) {
                let parts = line.split(separator: "|", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
                #expect(parts[0].hasPrefix("\(parts[4])@") && parts[0].hasSuffix(".1") && parts[5] == "1", "\(line)")
                seen[parts[4]] = parts[1...3].joined(separator: "|") + "|" + parts[6]
            }
            #expect(seen["note"] == "cmop.notices|notice.billing|application/json|" + body)
            #expect(seen["input"] == #"cmop.notices|notice.input|application/json|["of", "the input"]"#)
            #expect(seen["text"] == "|scheduled|text/plain|reindex now")
            #expect(seen["empty"] == "cmop.notices|notice.empty|text/plain|")
            try await service.expect("job finished", ["job": "note", "outcome": "succeeded"])
            let wrong = try await service.expect("job finished", ["job": "wrong", "outcome": "undelivered(no exchange)"])
            #expect(wrong["reason"]?.contains("no exchange 'nowhere'") == true)
            // What the legacy service would run as a command is not in its cache.
            #expect(try await redis.call("GET", "crond-service-cronjob-cache").contains("reindex") == false)
            #expect(!service.errors.contains("guest:guest"), "the URL is logged without user info")
            #expect(try await service.stop() == 0)
        }
    }

    @Test(
        "A broker that is away, dies and comes back: the service is degraded, not dead, and says so once; verbs tell what became of a message"
    )
    func comingAndGoing() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                """
                # crond: every=1s name=feed publish=amqp key=feed grace=2s
                @every x

                """, ["--amqp", "amqp://127.0.0.1:\(try Rabbit.freePort())"])
            try await service.expect("there is no broker; what is to be published waits, within its grace")
            try await service.expect("job finished", ["job": "feed", "outcome": "undelivered(no broker)"])
            #expect(try await plain.verb("status").out.contains("degraded   broker: amqp://127.0.0.1"))
            let refused = try await plain.verb("publish", "", "", "--body", "x")
            #expect(refused.code == 64 && refused.errors.contains("the name of a queue"))
            // It is tried for a minute, and its asker is told so.
            let asker = try plain.launch(
                [Program.crond, "publish", "", "q", "--body", "x", "--socket", plain.socket], environment: [:], isContained: false)
            try await eventually("what it waits for") { asker.errors.contains("waits for the broker's confirm, until ") }
            #expect(
                asker.errors.contains(" (broker: amqp://127.0.0.1") && asker.errors.split(separator: "\n").count == 1, "\(asker.errors)")
            try asker.signal(SIGINT)
            #expect(try await asker.end() == 130)
            #expect(try await service.stop() == 0)

            let rabbit = try await Rabbit(in: plain)
            plain.folder.write("secret", "amqp://guest:guest@127.0.0.1:\(rabbit.port)\n")
            let second = try await plain.start(environment: ["CROND_AMQP_FILE": "\(plain.folder.path)/secret"])
            try await second.expect("connected to the broker", ["broker": rabbit.url])
            try await second.expect("job finished", ["job": "feed", "outcome": "undelivered(no queue)"])
            let unroutable = try await plain.verb("publish", "", "feed-2", "--body", "hello")
            #expect(unroutable.code == 69 && unroutable.errors.contains("undelivered(no queue): 312 NO_ROUTE"), "\(unroutable.errors)")
            if Rabbit.hasPika {
                try await rabbit.declare("feeds", "other", key: "f")
                plain.folder.write("body.json", #"{"a": 1}"#)
                let sent = try await plain.verb("publish", "feeds", "f", "--body", "@\(plain.folder.path)/body.json")
                #expect(sent.code == 0 && sent.out.hasSuffix("was confirmed by the broker\n"), "\(sent.errors)")
                let later = try await plain.verb("at", "+1s", "--name", "once", "--publish", "feeds", "f", "--body", "later")
                #expect(later.code == 0 && later.out.hasPrefix("at:once is published once, "), "\(later.errors)\(later.out)")
                try await second.expect("job finished", ["job": "at:once", "outcome": "succeeded"])
                let got = try await rabbit.consume("other", 2).map { $0.split(separator: "|").last.map(String.init) ?? "" }
                #expect(got == [#"{"a": 1}"#, "later"])
                try await expectLongBodies(plain, rabbit)
            }
            rabbit.crash()
            try await second.expect("there is no broker; what is to be published waits, within its grace")
            try await rabbit.start()
            try await second.expect("the broker is back", within: .seconds(60))
            #expect(second.log("the broker is back").count == 1)
            // It takes no longer than two seconds, which may be too little where a broker has just been started.
            try await eventually("its health") { try await plain.verb("status", "--check").code == 0 }
            rabbit.crash()
            #expect(try await second.stop(within: .seconds(10)) == 0, "the end waits for no broker")
        }
    }

    /// The limit is of the text itself, whatever becomes of it on its way.
    private func expectLongBodies(_ plain: Plain, _ rabbit: Rabbit) async throws {
        let most = 24 << 10, escaped = String(repeating: "\"\u{1}\\", count: most / 3)
        plain.folder.write("most", escaped)
        plain.folder.write("more", escaped + "x")
        let sent = try await plain.verb("publish", "feeds", "f", "--body", "@\(plain.folder.path)/most")
        #expect(sent.code == 0 && sent.errors.isEmpty, "\(sent.errors)")
        #expect(try await rabbit.consume("other", 1).first?.hasSuffix("|" + escaped) == true)
        let refused = try await plain.verb("publish", "feeds", "f", "--body", "@\(plain.folder.path)/more")
        #expect(refused.code == 65 && refused.errors.contains("the body has \(most + 1) bytes"), "\(refused.errors)")
    }

    @Test("Without a broker an entry that publishes is a bad line that says so, and crond publish is refused; a wrong URL ends the start")
    func withoutBroker() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=p publish=amqp key=q\n0 0 1 1 * x\n0 0 1 1 * true\n")
            try await eventually("the bad line") { service.errors.contains("publish= cannot be kept: there is no broker") }
            for verb in [["publish", "", "q"], ["at", "+1h", "--publish", "", "q"]] {
                let answer = try await Program.run([Program.crond] + verb + ["--socket", plain.socket])
                #expect(answer.code == 69 && answer.errors.contains("start it with --amqp URL"), "\(answer.errors)")
            }
            #expect(try await service.stop() == 0)
            for url in ["amqp://me:s3cret@", "mq.example:5672"] {
                let wrong = try await Program.run([Program.crond, "run", plain.table, "--amqp", url])
                #expect(wrong.code == 78 && wrong.errors.contains("AMQP URL") && !wrong.errors.contains("s3cret"), "\(wrong.errors)")
            }
        }
    }
}

extension String {
    /// With user info, to see that it is nowhere.
    fileprivate var replacingScheme: String { "amqp://guest:guest@" + dropFirst("amqp://".count) }
}
