import Testing

/// With a real broker, which takes seconds to start: few tests, each of a whole story.
@Suite(
    "Events for others", .serialized, .inPlace, .enabled(if: Rabbit.isThere, Comment(rawValue: Rabbit.skipped)),
    .enabled(if: Rabbit.hasPika, "this Python has no pip, so there are no pika and jsonschema"), .timeLimit(.minutes(4)))
struct EventFeedTests {
    @Test(
        "What happens is told once, in order, valid by the published schema, without commands and secrets; a failure once, until it is mended"
    )
    func told() async throws {
        try await Plain.use { plain in
            let rabbit = try await Rabbit(in: plain)
            try await rabbit.declare("happenings", "all", key: "crond.#")
            try await rabbit.declare("happenings", "failures", key: "crond.*.*.failed")
            let service = try await plain.start(
                """
                API_TOKEN=hush-hush-hush
                # crond: every=1s name=good late-after=0s
                @every echo said $API_TOKEN
                # crond: every=1s name=mended
                @every test -e \(plain.folder.path)/mended || { echo broken; exit 3; }
                # crond: every=1s name=bad notify=2
                @every false
                # crond: every=1s name=slow overlap=skip
                @every sleep 1.5
                # crond: every=1s name=twice attempts=2 backoff=fixed(1s)
                @every false

                """, ["--amqp", "amqp://guest:guest@127.0.0.1:\(rabbit.port)", "--events", "happenings", "--event-output"])
            try await eventually("two failures") { service.log("job finished", ["job": "mended", "outcome": "failed(exit 3)"]).count >= 2 }
            plain.folder.write("mended", "")
            try await service.expect("job finished", ["job": "mended", "outcome": "succeeded"])
            // The fourth is told; two more are the time for it.
            try await eventually("six failures") { service.log("job finished", ["job": "bad"]).count >= 6 }
            #expect(try await service.stop() == 0)
            let events = try await rabbit.events("all")
            #expect(Set(events.map(\.id)).count == events.count, "nothing twice where nothing failed")
            #expect(events.map(\.sequence) == events.map(\.sequence).sorted())
            func kinds(_ job: String) -> [String] { events.filter { $0.key.hasPrefix("crond.default.\(job).") }.map(\.kind) }
            #expect(Array(kinds("good").prefix(3)) == ["started", "late", "succeeded"], "\(kinds("good"))")
            let mended = kinds("mended").filter { $0 != "started" }
            #expect(Array(mended.prefix(2)) == ["failed", "fixed"] && mended.dropFirst(2).allSatisfy { $0 == "succeeded" }, "\(mended)")
            #expect(kinds("bad").filter { $0 != "started" }.prefix(3) == ["failed", "still_failing", "still_failing"])
            #expect(kinds("slow").contains("skipped"))
            let twice = try #require(events.first { $0.key == "crond.default.twice.started" }?.run)
            #expect(events.filter { $0.run == twice }.map(\.kind) == ["started", "retrying", "started", "failed"])
            #expect(kinds("-").first == "table_changed")
            #expect(events.contains { $0.text == "mended failed(exit 3) 1 broken~" }, "\(events.map(\.text))")
            #expect(events.contains { $0.text.hasSuffix("said ***~") })
            #expect(!events.contains { $0.text.contains("hush-hush") || $0.text.contains("guest") })
            // Who binds to one kind of event hears nothing else.
            let failures = try await rabbit.events("failures")
            #expect(Set(failures.map(\.kind)) == ["failed"] && failures.count { $0.run.hasPrefix("mended@") } == 1)
        }
    }

    @Test(
        "A broker that dies and comes back, and a service that is killed: each run of the history is told, in order, again only under its id"
    )
    func nothingLost() async throws {
        try await Plain.use { plain in
            let rabbit = try await Rabbit(in: plain)
            try await rabbit.declare("happenings", "all", key: "crond.#")
            try await rabbit.keepDeclared()
            plain.folder.write("amqp", "\(rabbit.url)\n")
            let environment = ["CROND_AMQP_FILE": "\(plain.folder.path)/amqp", "CROND_EVENTS": "happenings", "CROND_NOTIFY": "every"]
            let table = """
                # crond: every=1s name=a
                @every true
                # crond: every=1s name=b
                @every false

                """
            let service = try await plain.start(table, environment: environment)
            try await eventually("some runs") { service.log("job finished", ["job": "a"]).count >= 2 }
            rabbit.crash()
            try await eventually("some more") { service.log("job finished", ["job": "a"]).count >= 4 }
            try await eventually("a broker that is missed") { try await plain.verb("status").out.contains("degraded   broker") }
            try await rabbit.start()
            try await service.expect("the broker is back", within: .seconds(60))
            service.destroy()
            let second = try await plain.start(environment: environment)
            try await second.expect("connected to the broker")
            try await eventually("some more") { second.log("job finished", ["job": "a"]).count >= 2 }
            let history = try await plain.verb("runs", "--json", "--limit", "1000").out
            // What the history has is told a moment later.
            let ended = second.log("job finished", ["job": "a"]).count
            try await eventually("two further ends") { second.log("job finished", ["job": "a"]).count >= ended + 2 }
            #expect(try await second.stop() == 0)
            let events = try await rabbit.events("all")
            var seen: Set<String> = []
            let firsts = events.filter { seen.insert($0.id).inserted }
            for job in ["a", "b"] {
                let told = firsts.filter { $0.key.hasPrefix("crond.default.\(job).") }
                #expect(told.map(\.sequence) == told.map(\.sequence).sorted(), "\(job)")
                let ends = Set(told.filter { $0.kind != "started" }.map(\.run))
                let finished = history.split(separator: "\n").filter { $0.contains("\"finishedAt\"") }
                for run in finished.compactMap({ $0.split(separator: "\"").first { $0.hasPrefix("\(job)@") } }) {
                    #expect(ends.contains(String(run)), "\(run) was not told")
                }
                #expect(ends.count >= 5)
            }
            let first = firsts.filter { $0.kind == "failed" && $0.run.hasPrefix("b@") }
            #expect(first.count == 1, "what was noted is known to the next life")
        }
    }

    @Test("Settings that cannot be used end the start, with the remedy") func settings() async throws {
        try await Plain.use { plain in
            for (arguments, words) in [
                (["--events", "x"], "--amqp"), (["--amqp", "amqp://h", "--events", "a b"], "topic exchange"),
                (["--notify", "sometimes"], "expected every, first, change"), (["--late-after", "x"], "expected a duration"),
            ] {
                let wrong = try await Program.run([Program.crond, "run", plain.table] + arguments)
                #expect(wrong.code == 78 && wrong.errors.contains(words), "\(arguments): \(wrong.errors)")
            }
        }
    }
}
