internal import Testing

@Suite("On time, and never early", .serialized, .alone, .timeLimit(.minutes(3)))
struct PunctualTests {
    @Test("no job starts before its second, though the disk has its claim by then")
    func neverEarly() async throws {
        try await Plain.use { bench in
            let command = #"test $(date +\%s) -ge $(date -d $CRON_SCHEDULED_AT +\%s) && echo $CRON_RUN_ID || echo early"#
            let jobs = (1...20).map { "# crond: name=tick-\($0) every=1s\n@every \(command)\n" }
            let service = try await bench.start(jobs.joined())
            try await eventually("five seconds of them") { service.outputs.count >= 100 }
            #expect(try await service.stop() == 0)
            #expect(!service.outputs.contains("early"))
            #expect(Set(service.outputs).count == service.outputs.count, "none twice")
        }
    }
}
