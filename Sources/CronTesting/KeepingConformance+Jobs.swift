internal import CronExpressions
internal import CronJobs

private final class Form: JobForm {
    let stored: StoredJob

    init(_ job: StoredJob) { stored = job }

    var id: JobID { stored.id }
    var origin: StoredJob.Origin { stored.origin }
}

extension KeepingConformance {
    private static let day: Int64 = 86_400

    private static func store(_ ledger: any Ledger) throws -> any JobStore { try unwrap(ledger.jobs, "it keeps jobs") }

    private static func job(_ id: String, _ action: [UInt8] = [1], origin: StoredJob.Origin = .library) -> StoredJob {
        StoredJob(id: JobID(id), schedule: "0 9 * * *", action: action, policies: [2], origin: origin, author: "uid 0")
    }

    private static func revision(_ answer: PutAnswer) throws -> Int64 {
        guard case .stored(let revision) = answer else {
            throw ConformanceFailure(file: #fileID, line: #line, text: "not stored: \(answer)")
        }
        return revision
    }

    public static let jobs: [(name: String, run: Check)] = [
        (
            "a stored job comes back byte for byte, also after a reopening",
            { make, reopen in
                var ledger = try await opened(make)
                var wanted = StoredJob(
                    id: JobID("at:tomorrow é \u{0} \n"), schedule: "", action: [0, 32, 10, 255], policies: [], origin: .once,
                    author: "a\tb c",
                    storedAt: wall(5))
                wanted.revision = try await revision(store(ledger).put(wanted, replacing: nil, now: wall(5)))
                var bare = StoredJob(id: JobID("lib"), schedule: "@daily %", action: [], policies: [9, 32], origin: .library, author: "")
                bare.storedAt = wall(6)
                bare.revision = try await revision(store(ledger).put(bare, replacing: nil, now: wall(6)))
                try expect(bare.revision > wanted.revision, "revisions grow over all jobs")
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await expectEqual(store(ledger).storedJob(wanted.id), wanted, "once")
                try await expectEqual(store(ledger).storedJob(bare.id), bare, "a library's")
                try await expectEqual(store(ledger).storedJob(a), nil, "unknown")
                try await expectEqual(store(ledger).storedJobs(after: nil, limit: 9), [wanted, bare], "all")
            }
        ),
        (
            "a job that is put as an object is kept as one that is put as bytes",
            { make, reopen in
                var ledger = try await opened(make)
                var wanted = job("lib", [0, 255])
                wanted.storedAt = wall(5)
                let form = Form(wanted)
                wanted.revision = try await revision(store(ledger).put(form, replacing: nil, now: wall(5)))
                let again = try await store(ledger).put(form, replacing: nil, now: wall(6))
                try expectEqual(again, .overtaken(by: wanted), "a second time")
                try await expectEqual(store(ledger).countOfStoredJobs(.library), 1, "counted")
                ledger = try await LedgerConformance.next(ledger, reopen)
                try await expectEqual(store(ledger).storedJob(wanted.id), wanted, "read")
                try await expectEqual(store(ledger).storedJobs(after: nil, limit: 9), [wanted], "listed")
                do {
                    _ = try await store(ledger).put(Form(job("a@b")), replacing: nil, now: wall(7))
                    throw ConformanceFailure(file: #fileID, line: #line, text: "an id that no store may take was taken")
                } catch let error as StoreError {
                    try expectEqual(error.code, .refused, "a bad id")
                }
            }
        ),
        (
            "a job is put only in place of the revision that its author saw",
            { make, _ in
                let store = try store(try await opened(make))
                var seen = job("j")
                seen.storedAt = wall(1)
                seen.revision = try await revision(store.put(seen, replacing: nil, now: wall(1)))
                for wrong in [nil, seen.revision - 1, seen.revision + 1] {
                    try await expectEqual(store.put(job("j", [7]), replacing: wrong, now: wall(2)), .overtaken(by: seen), "\(wrong ?? 0)")
                }
                try await expectEqual(store.put(job("k"), replacing: seen.revision, now: wall(2)), .overtaken(by: nil), "none there")
                let next = try await revision(store.put(job("j", [7]), replacing: seen.revision, now: wall(2)))
                try expect(next > seen.revision, "a new revision")
                try await expectEqual(store.storedJob(seen.id)?.action, [7], "replaced")
                try await expectEqual(store.removeStoredJob(seen.id, revision: seen.revision), false, "an old revision removes nothing")
                try await expectEqual(store.removeStoredJob(seen.id, revision: next), true, "removed")
                try await expectEqual(store.removeStoredJob(seen.id, revision: nil), false, "once")
                // The clock went back meanwhile.
                let later = try await revision(store.put(job("j"), replacing: nil, now: wall(-99)))
                try expect(later > next, "no revision is given twice")
                try await expectEqual(store.removeStoredJob(seen.id, revision: nil), true, "whatever stands there")
            }
        ),
        (
            "of racing authors one wins",
            { make, _ in
                let store = try store(try await opened(make))
                let answers = try await withThrowingTaskGroup(of: PutAnswer.self) { group in
                    for action in UInt8(0)..<8 { group.addTask { try await store.put(job("j", [action]), replacing: nil, now: wall(1)) } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                try expectEqual(answers.count { if case .stored = $0 { true } else { false } }, 1, "winners")
            }
        ),
        (
            "jobs are listed by the bytes of their ids, a page at a time, and counted by origin",
            { make, _ in
                let store = try store(try await opened(make))
                let ids = ["at:1", "at:10", "at:2", "b", "Z", "é", "a", "at:\u{ff}"]
                for id in ids {
                    _ = try await store.put(job(id, origin: id.hasPrefix("at:") ? .once : .library), replacing: nil, now: wall(1))
                }
                let wanted = ids.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
                var found: [String] = [], last: JobID?
                while true {
                    let page = try await store.storedJobs(after: last, limit: 3)
                    try expect(page.count <= 3, "so many at most")
                    guard let end = page.last else { break }
                    found += page.map(\.id.description)
                    last = end.id
                }
                try expectEqual(found, wanted, "pages")
                try await expectEqual(store.storedJobs(after: nil, limit: 0), [], "none")
                try await expectEqual(store.countOfStoredJobs(.once), 4, "once")
                try await expectEqual(store.countOfStoredJobs(.library), 4, "a library's")
                try await expectEqual(store.countOfStoredJobs(.table), 0, "a table's")
            }
        ),
        (
            "a job that is too large, or whose id says something else than its origin, is refused",
            { make, _ in
                let store = try store(try await opened(make))
                let large = [UInt8](repeating: 1, count: StoredJob.mostBytes)
                let wrong = [
                    job("j", large), job("at:1"), job("j", origin: .once), job("j@host"), job(""), job(String(repeating: "x", count: 257)),
                ]
                for job in wrong {
                    do throws(StoreError) {
                        _ = try await store.put(job, replacing: nil, now: wall(1))
                    } catch {
                        try expectEqual(error.code, .refused, error.message)
                        continue
                    }
                    throw ConformanceFailure(file: #fileID, line: #line, text: "\(job.id) was stored")
                }
                try await expectEqual(store.storedJobs(after: nil, limit: 9), [], "nothing is there")
                let most = job("j", [UInt8](large.dropLast(15)))
                _ = try await revision(store.put(most, replacing: nil, now: wall(1)))
                try await expectEqual(store.storedJob(most.id)?.action.count, most.action.count, "as large as it may be")
            }
        ),
        (
            "a table that is replaced touches no stored job: its mark is not forgotten, a removed one's is",
            { make, _ in
                let ledger = try await opened(make), store = try store(ledger)
                let once = JobID("at:1"), library = JobID("lib"), tables = JobID("t")
                for (id, origin) in [(once, StoredJob.Origin.once), (library, .library), (tables, .table)] {
                    _ = try await revision(store.put(job(id.description, origin: origin), replacing: nil, now: wall(1)))
                    let fence = try await LedgerConformance.won(ledger, LedgerConformance.claim(id, 60))
                    _ = try await ledger.finish([LedgerConformance.finish(LedgerConformance.run(id, 60), fence: fence, at: 61)])
                }
                try await ledger.assert([library.on(host: "web-0"): at(60)])
                try await ledger.retain([], now: wall(100))
                try await ledger.retain([], now: wall(101 + 30 * day))
                try await ledger.prune(Retention(age: .seconds(400 * day), runsPerJob: 9), now: wall(101 + 30 * day))
                try await expectEqual(
                    ledger.watermarks(), [once: at(60), library: at(60), library.on(host: "web-0"): at(60)], "the table's alone is gone")
                try await expectEqual(ledger.history(of: once, limit: 9).count, 1, "history")
                _ = try await store.removeStoredJob(once, revision: nil)
                try await ledger.retain([], now: wall(200 + 30 * day))
                try await ledger.retain([], now: wall(201 + 60 * day))
                try await expectEqual(
                    ledger.watermarks().keys.sorted(), [library, library.on(host: "web-0")].sorted(), "removed, and forgotten")
            }
        ),
        (
            "a job that left the table and is stored now stays",
            { make, _ in
                let ledger = try await opened(make), store = try store(ledger)
                try await ledger.assert([JobID("j"): at(60)])
                try await ledger.retain([], now: wall(100))
                _ = try await revision(store.put(job("j"), replacing: nil, now: wall(100)))
                try await ledger.retain([], now: wall(101 + 30 * day))
                try await ledger.prune(Retention(), now: wall(101 + 30 * day))
                try await expectEqual(ledger.watermarks(), [JobID("j"): at(60)], "watermarks")
            }
        ),
    ]
}
