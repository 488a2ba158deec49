internal import CronExpressions
internal import CronJobs
internal import CronStoreSQLite
internal import Glibc
internal import Testing

// Volumes that are full or read-only need a mount of their own.

@Suite(.serialized, .timeLimit(.minutes(30)), .enabled(if: Privilege.canMount, "a volume can be mounted only as root, with CAP_SYS_ADMIN"))
struct VolumeTests {
    private let directory: TemporaryDirectory
    private let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    init() throws { directory = try TemporaryDirectory() }

    private func withVolume(_ options: String, _ body: (String) async throws -> Void) async throws {
        let place = directory.file("volume")
        mkdir(place, 0o700)
        try #require(mount("tmpfs", place, "tmpfs", 0, options) == 0)
        defer { umount2(place, 2) }
        try await body(place)
    }

    @Test func aFullVolumeGivesTheReserveFreeAndGoesOn() async throws {
        try await withVolume("size=24m") { place in
            let path = place + "/crond.db"
            let store = try await SQLiteStore.open(path: path, now: now)
            #expect(store.isEphemeral)
            _ = try await store.open(bootID: "b", now: now)
            #expect(access(path + ".reserve", F_OK) == 0)
            try await store.prune(Retention(age: .seconds(86_400), runsPerJob: 10), now: now)
            fill(place + "/filler")
            var won = 0
            var refused: StoreError?
            for second in Int64(1)...400 {
                let claims = (0..<20).map { job in
                    Claim(
                        run: RunID(job: JobID("job-\(job)"), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second),
                        since: Instant(0))
                }
                do throws(StoreError) {
                    let answers = try await store.claim(claims, now: now)
                    _ = try await store.finish(
                        zip(claims, answers).compactMap { claim, answer in
                            guard case .won(let fence) = answer else { return nil }
                            return Finish(
                                run: claim.run, fence: fence, outcome: .succeeded, at: now, tail: [UInt8](repeating: 65, count: 500))
                        })
                    won += 1
                } catch {
                    refused = error
                    break
                }
            }
            #expect(access(path + ".reserve", F_OK) != 0, "the reserve was given free")
            #expect(won == 400, "\(refused?.message ?? "")")
            unlink(place + "/filler")
            try await store.prune(Retention(), now: now)
            #expect(access(path + ".reserve", F_OK) == 0, "and made again")
            let marks = try await store.watermarks()
            #expect(marks[JobID("job-0")] == Instant(Int64(won)))
            await store.close(now: now)
            let again = try await SQLiteStore.open(path: path, now: now)
            #expect(await again.setAside == nil)
            await again.close(now: now)
        }
    }

    // Ten minutes of claims after the volume was filled, with many times the history that fits.
    @Test(arguments: ["2m", "6m"]) func aSmallVolumeHasAReserveToo(size: String) async throws {
        try await withVolume("size=\(size)") { place in
            let path = place + "/crond.db"
            let store = try await SQLiteStore.open(path: path, now: now)
            _ = try await store.open(bootID: "b", now: now)
            #expect(await store.hasReserve)
            fill(place + "/filler")
            for second in Int64(1)...600 {
                let claims = (0..<10).map { job in
                    Claim(
                        run: RunID(job: JobID("job-\(job)"), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second),
                        since: Instant(0))
                }
                let answers = try await store.claim(claims, now: now)
                let finishes = zip(claims, answers).compactMap { claim, answer -> Finish? in
                    guard case .won(let fence) = answer else { return nil }
                    return Finish(run: claim.run, fence: fence, outcome: .succeeded, at: now, tail: [UInt8](repeating: 65, count: 700))
                }
                #expect(try await store.finish(finishes).count == 10, "at second \(second)")
                if second % 60 == 0 { try await store.prune(Retention(), now: now) }
            }
            #expect(await !store.hasReserve)
            #expect(try await store.watermarks()[JobID("job-3")] == Instant(600))
            #expect(try await store.history(of: JobID("job-3"), limit: 5).first?.outcome == .succeeded)
            unlink(place + "/filler")
            try await store.prune(Retention(), now: now)
            #expect(await store.hasReserve, "and made again")
            await store.close(now: now)
            fill(place + "/filler")
            let again = try await SQLiteStore.open(path: path, now: now)
            #expect(
                try await again.open(bootID: "b", now: now).incarnation > now.instant.seconds,
                "a full volume does not keep it from starting")
            await again.close(now: now)
        }
    }

    @Test("Opened on a volume without any room: what it holds counts, nothing is claimed, and its life is entered once there is room")
    func withoutRoom() async throws {
        try await withVolume("size=1m") { place in
            let path = place + "/crond.db"
            func claim(_ second: Int64) -> Claim {
                Claim(
                    run: RunID(job: JobID("a"), .scheduled(Instant(second))), trigger: .scheduled, first: Instant(second), since: Instant(0)
                )
            }
            var store = try await SQLiteStore.open(path: path, now: now)
            let life = try await store.open(bootID: "b", now: now).incarnation
            _ = try await store.claim([claim(1)], now: now)
            try await store.setPaused(true, [JobID("p")])
            await store.close(now: now)
            unlink(path + ".reserve")
            fill(place + "/filler")
            store = try await SQLiteStore.open(path: path, now: now)
            #expect(try await store.open(bootID: "b", now: now).incarnation == life + 1)
            #expect(await store.isWithoutRoom)
            #expect(try await store.watermarks() == [JobID("a"): Instant(1)])
            #expect(try await store.pausedJobs() == [JobID("p")])
            await #expect(throws: StoreError.self) { try await store.claim([claim(2)], now: now) }
            await #expect(throws: StoreError.self, "it is locked") { try await SQLiteStore.open(path: path, now: now) }
            unlink(place + "/filler")
            #expect(try await store.claim([claim(2)], now: now).count == 1)
            #expect(await !store.isWithoutRoom)
            await store.close(now: now)
            store = try await SQLiteStore.open(path: path, now: now)
            #expect(try await store.open(bootID: "b", now: now).incarnation == life + 2)
            #expect(try await store.watermarks() == [JobID("a"): Instant(2)])
            await store.close(now: now)
        }
    }

    @Test("On a volume that output has filled no claim is refused: output goes, history stays") func outputGoesFirst() async throws {
        try await withVolume("size=4m") { place in
            let store = try await SQLiteStore.open(path: place + "/crond.db", now: now)
            _ = try await store.open(bootID: "b", now: now)
            var kept = 0, dropped = 0
            for second in Int64(1)...200 {
                let run = RunID(job: JobID("a"), .scheduled(Instant(second)))
                let claim = Claim(run: run, trigger: .scheduled, first: Instant(second), since: Instant(0))
                guard case .won(let fence)? = try await store.claim([claim], now: now).first else {
                    Issue.record("second \(second) is not won")
                    return
                }
                #expect(try await store.finish([Finish(run: run, fence: fence, outcome: .succeeded, at: now)]) == [true])
                let isKept = try await store.keepOutput(run, attempt: 1, OutputExcerpt(last: [UInt8](repeating: 65, count: 64 << 10)))
                if isKept { kept += 1 } else { dropped += 1 }
            }
            #expect(kept > 10, "there was room at first")
            #expect(dropped > 0, "and none later")
            #expect(try await store.history(of: JobID("a"), limit: 999).count == 200)
            #expect(try await store.watermarks() == [JobID("a"): Instant(200)])
            await store.close(now: now)
        }
    }

    @Test func aVolumeTooSmallForAReserveHasNone() async throws {
        try await withVolume("size=512k") { place in
            let store = try await SQLiteStore.open(path: place + "/crond.db", now: now)
            #expect(await !store.hasReserve)
            await store.close(now: now)
        }
    }

    @Test func whatFailedIsNoClaim() async throws {
        try await withVolume("size=24m") { place in
            let store = try await SQLiteStore.open(path: place + "/crond.db", now: now)
            _ = try await store.open(bootID: "b", now: now)
            fill(place + "/filler")
            let huge = [TableFile(path: "t", content: [UInt8](repeating: 1, count: 12 << 20))]
            do throws(StoreError) {
                _ = try await store.append(huge, hash: "h", origin: .edited, now: now)
                Issue.record("12 MiB fit on a full volume")
            } catch {
                #expect(error.code == .full)
            }
            #expect(try await store.revisions() == [])
            let claim = Claim(
                run: RunID(job: JobID("a"), .scheduled(Instant(1))), trigger: .scheduled, first: Instant(1), since: Instant(0))
            #expect(try await store.claim([claim], now: now).count == 1)
            await store.close(now: now)
        }
    }

    @Test func aReadOnlyPlaceSaysSo() async throws {
        try await withVolume("size=1m") { place in
            try #require(mount("tmpfs", place, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
            do throws(StoreError) {
                _ = try await SQLiteStore.open(path: place + "/crond.db", now: now)
                Issue.record("opened on a read-only volume")
            } catch {
                #expect(error.code == .readOnly)
                #expect(error.message.contains(place))
            }
        }
    }

    /// Writes until nothing is left.
    private func fill(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        let block = [UInt8](repeating: 1, count: 4096)
        while write(descriptor, block, block.count) > 0 {}
        close(descriptor)
    }
}
