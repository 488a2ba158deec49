internal import Testing

@Suite("Schedules that directives make", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct OtherScheduleTests {
    @Test("every=2s runs each second second; until= in the past never runs")
    func everyTwoSeconds() async throws {
        try await Plain.use { bench in
            let often = "# crond: name=often every=2s\n@every echo tick $CRON_SCHEDULED_AT\n"
            let service = try await bench.start(often)
            bench.folder.write("crontab", often + "# crond: name=over every=1s until=2020-01-01T00:00:00Z\n@every echo never\n")
            #expect(try await service.expect("job added", ["job": "over"])["next"] == "never")
            try await eventually("three runs") { service.outputs.count >= 3 }
            let seconds = service.outputs.map { $0.suffix(3).prefix(2) }.compactMap { Int($0) }
            #expect(seconds.count >= 3 && seconds.allSatisfy { $0 % 2 == 0 }, "\(service.outputs)")
            #expect(Set(seconds).count == seconds.count, "none twice")
            #expect(!service.outputs.contains("never"))
            #expect(try await service.stop() == 0)
        }
    }

    @Test("next, check and eval know them")
    func verbs() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        folder.write(
            "table", "# crond: every=90s\n@every root poll\n# crond: until=2027-01-01T00:00:00Z\n0 0 * * * root end\n@every 5m root x\n")
        let path = "\(folder.path)/table"
        let next = try await Program.verb("next", path, "--tz", "UTC", "--after", "2026-12-31T23:59:00Z", "-n", "2")
        #expect(
            next.lines == [
                "line 2: @every root poll", "  2027-01-01T00:00:00+00:00", "  2027-01-01T00:01:30+00:00", "line 4: 0 0 * * * root end",
                "  2027-01-01T00:00:00+00:00",
            ])
        #expect(next.code == 65 && next.errors.contains("# crond: every=5m"), "\(next.errors)")
        #expect(try await Program.verb("check", path).lines.last == "2 entries, 1 error, 0 warnings")
        let eval = try await Program.verb("eval", input: "{\"path\":\"\(path)\"}\n")
        #expect(eval.out.contains("\"schedule\":\"@every\"") && eval.out.contains("\"command\":\"poll\""), "\(eval.out)")
    }
}
