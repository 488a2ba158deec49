internal import Glibc
internal import Testing

@Suite("After a crash", .serialized, .first, .timeLimit(.minutes(4)))
struct RestartTests {
    @Test("Killed again and again, no run starts twice")
    func nothingTwice() async throws {
        try await Plain.use { plain in
            let table = Plain.seconds + "# crond: name=tick\n* * * * * ? echo $CRON_RUN_ID >> $OUT/ids; sleep 0.5\n"
            for pause in [1700, 1300, 2100, 900, 1500] {
                let service = try await plain.start(table)
                try await Task.sleep(for: .milliseconds(pause))
                try service.signal(SIGKILL)
                _ = try await service.end()
            }
            let ids = plain.folder.lines("out/ids")
            #expect(ids.count >= 4, "\(ids)")
            #expect(Set(ids).count == ids.count, "\(ids)")
        }
    }

    @Test("A container killed during a run: the run is interrupted, recorded as such, and not started again")
    func interrupted() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                Plain.seconds + "# crond: name=long overlap=skip\n* * * * * ? root echo $CRON_RUN_ID >> $OUT/ids; sleep 60\n")
            let first = try await container.start()
            try await eventually("the first run") { !container.folder.lines("out/ids").isEmpty }
            let run = try #require(container.folder.lines("out/ids").first)
            first.destroy()
            let second = try await container.start(["--drain", "0s", "--kill-after", "1s"].map { $0 }, environment: [:])
            let finished = try await second.expect("job finished", ["run": run])
            #expect(finished["outcome"] == "interrupted")
            try await eventually("the next run", within: .seconds(10)) { container.folder.lines("out/ids").count > 1 }
            #expect(container.folder.lines("out/ids").filter { $0 == run }.count == 1)
        }
    }

    @Test(
        "Crond killed and its job alive: the job is adopted, holds its place, and nothing runs beside it",
        arguments: [Duration.milliseconds(500), .zero])
    func adopted(age: Duration) async throws {
        try await Plain.use { plain in
            let table =
                Plain.seconds
                + "# crond: name=long overlap=skip\n* * * * * ? echo $CRON_RUN_ID >> $OUT/ids; while [ ! -e $OUT/go ]; do sleep 0.1; done\n"
            let first = try await plain.start(table)
            try await eventually("the run") { !plain.folder.lines("out/ids").isEmpty }
            let run = try #require(plain.folder.lines("out/ids").first)
            try await first.expect("job started", ["run": run])
            try await Task.sleep(for: age)
            try first.signal(SIGKILL)
            _ = try await first.end()
            let second = try await plain.start()
            try await second.expect("adopted a run of the service's last life", ["run": run])
            try await second.expect("runs overlap: a fire time came while a run was still going", ["job": "long"], within: .seconds(10))
            #expect(plain.folder.lines("out/ids") == [run])
            plain.folder.write("out/go", "")
            let finished = try await second.expect("job finished", ["run": run])
            #expect(finished["outcome"] == "unknown(adopted)")
            try await eventually("the next run", within: .seconds(10)) { plain.folder.lines("out/ids").count > 1 }
        }
    }

    @Test("Fire times missed while down become one run, or are recorded")
    func missed() async throws {
        try await Plain.use { plain in
            let table =
                Plain.seconds + """
                    # crond: name=once
                    * * * * * ? echo "$CRON_RUN_ID $CRON_MISSED" >> $OUT/once
                    # crond: name=none catch-up=none
                    * * * * * ? echo "$CRON_RUN_ID ${CRON_MISSED:-0}" >> $OUT/none

                    """
            let first = try await plain.start(table)
            try await eventually("first runs") { plain.folder.lines("out/once").count >= 1 && plain.folder.lines("out/none").count >= 1 }
            try first.signal(SIGKILL)
            _ = try await first.end()
            try await Task.sleep(for: .seconds(3))
            // What was just starting has written its line by now, too.
            let before = plain.folder.lines("out/once").count
            let second = try await plain.start()
            try await eventually("runs after the restart") { plain.folder.lines("out/once").count >= before + 2 }
            let catchUp = plain.folder.lines("out/once")[before]
            let count = try #require(catchUp.split(separator: " ").last.flatMap { Int($0) })
            #expect(count >= 1, "one run for all that was missed: \(catchUp)")
            let recorded = try await second.expect("fire times missed", ["job": "none"])
            #expect(Int(recorded["count"] ?? "") ?? 0 >= 1, "all but those that are still punctual")
            let ids = plain.folder.lines("out/once").map { $0.split(separator: " ")[0] }
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test("A second service on the same store gives up after its wait with 75")
    func secondInstance() async throws {
        try await Plain.use { plain in
            _ = try await plain.start("@reboot true\n")
            let second = try plain.launch(
                [Program.crond, "run", plain.table, "--format", "user", "--store", plain.store, "--socket", "none"], environment: [:],
                isContained: false)
            #expect(try await second.end(within: .seconds(45)) == 75)
            #expect(second.log.contains { $0["level"] == "error" })
        }
    }

    @Test("A second service waits for the first to end and then takes over")
    func takesOver() async throws {
        try await Plain.use { plain in
            let first = try await plain.start("@reboot true\n")
            let second = try await plain.start(waits: false)
            try await Task.sleep(for: .milliseconds(500))
            #expect(second.log("ready").isEmpty)
            #expect(try await first.stop() == 0)
            try await second.expectReady()
            #expect(try await plain.verb("status").code == 0)
        }
    }

    @Test("TERM ends a service that still waits for the store, at once")
    func stopsWaiting() async throws {
        try await Plain.use { plain in
            _ = try await plain.start("@reboot true\n")
            let second = try await plain.start(waits: false)
            try await second.expect("another service holds the ledger; waiting for it")
            try second.signal(SIGTERM)
            #expect(try await second.end(within: .seconds(10)) == 0)
        }
    }

    @Test("As PID 1, the end of the service itself ends the container with its code")
    func serviceDies() async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start()
            try await service.expectOutput("up")
            kill(service.service, SIGKILL)
            #expect(try await service.end(within: .seconds(10)) == 137)
        }
    }

    @Test("An explicit store that cannot be used ends it with 69, and says why")
    func badStore() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("@reboot true\n", store: "sqlite:/proc/nowhere/x.db", waits: false)
            #expect(try await service.end() == 69)
            #expect(service.errors.contains("/proc/nowhere"))
        }
    }

    @Test("A damaged store is set aside, not fatal")
    func damagedStore() async throws {
        try await Plain.use { plain in
            var service = try await plain.start("@reboot echo up\n")
            #expect(try await service.stop() == 0)
            try await Program.shell(
                "cd \(plain.folder.path)/store; yes damaged | dd of=ledger.db bs=4096 seek=1 count=4 conv=notrunc 2>/dev/null")
            service = try await plain.start()
            try await service.expectOutput("up")
            #expect(service.log.contains { $0["level"] == "error" && $0["path"] != nil }, "it says where the old one is")
        }
    }
}
