internal import Glibc
internal import Testing

@Suite("Further attempts", .serialized, .inPlace, .timeLimit(.minutes(4)))
struct FurtherAttemptTests {
    @Test("A job that fails is tried again after its backoff, as attempt 2 of the same run, and not after it succeeded")
    func failed() async throws {
        try await Plain.use { plain in
            let service = try await plain.start(
                Plain.seconds
                    + "# crond: name=flaky attempts=3 backoff=fixed(1s)\n0 * * * * ? echo never\n"
                    + "# crond: name=once attempts=3 backoff=fixed(1s) every=1h\n@every x\n"
                    + "# crond: name=boot attempts=3 backoff=fixed(1s)\n"
                    + "@reboot echo $CRON_RUN_ID $CRON_ATTEMPT >> $OUT/tries; test $CRON_ATTEMPT = 2\n")
            let again = try await service.expect("run will be tried again", ["job": "boot"])
            #expect(again["attempt"] == "2")
            try await service.expect("job finished", ["job": "boot", "outcome": "succeeded", "attempt": "2"])
            let tries = plain.folder.lines("out/tries").map { $0.split(separator: " ") }
            #expect(tries.map { $0[1] } == ["1", "2"])
            #expect(Set(tries.map { $0[0] }).count == 1)
            #expect(try await service.stop() == 0)
            #expect(plain.folder.lines("out/tries").count == 2)
        }
    }

    @Test("Crond killed during a run that may be tried again: the next start tries it again at once")
    func killed() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                Plain.seconds
                    // A fire time while it is away would take the place of the further attempt.
                    + "# crond: name=long attempts=2 overlap=skip\n*/15 * * * * ? root echo $CRON_RUN_ID $CRON_ATTEMPT >> $OUT/ids; "
                    + "test $CRON_ATTEMPT = 2 || sleep 60\n")
            let first = try await container.start()
            try await eventually("the first run") { !container.folder.lines("out/ids").isEmpty }
            let run = try #require(container.folder.lines("out/ids").first?.split(separator: " ").first)
            first.destroy()
            let second = try await container.start(["--drain", "0s", "--kill-after", "1s"])
            try await second.expect("job finished", ["run": String(run), "outcome": "interrupted"])
            try await second.expect("job finished", ["run": String(run), "outcome": "succeeded", "attempt": "2"])
            #expect(container.folder.lines("out/ids").filter { $0.hasPrefix(run) } == ["\(run) 1", "\(run) 2"])
        }
    }

    @Test("A replica killed during a run that may be tried again: another one tries it once its lease has run out")
    func takenOver() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain)
            plain.folder.write(
                "crontab",
                Plain.seconds
                    + "# crond: name=long attempts=2 overlap=skip\n*/15 * * * * ? echo $CRON_RUN_ID $CRON_ATTEMPT >> $OUT/ids; "
                    + "test $CRON_ATTEMPT = 2 || sleep 90\n")
            // Each in namespaces of its own: what the one started must not be seen as alive by the other.
            let first = try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-0", "--host", "one"], store: redis.url)
            try await eventually("the first run") { !plain.folder.lines("out/ids").isEmpty }
            let second = try await plain.start(nil, ["--socket", "\(plain.folder.path)/socket-1", "--host", "two"], store: redis.url)
            let run = try #require(plain.folder.lines("out/ids").first?.split(separator: " ").first)
            let started = try await first.expect("job started", ["run": String(run)])
            try first.signal(SIGKILL)
            _ = try await first.end()
            if let pid = started["pid"].flatMap({ pid_t($0) }), pid > 1 { kill(-pid, SIGKILL) }
            try await second.expect("job finished", ["run": String(run), "outcome": "interrupted"], within: .seconds(60))
            try await second.expect("job finished", ["run": String(run), "outcome": "succeeded", "attempt": "2"])
            #expect(plain.folder.lines("out/ids").filter { $0.hasPrefix(run) } == ["\(run) 1", "\(run) 2"])
            #expect(try await second.stop() == 0)
        }
    }
}
