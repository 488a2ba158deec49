import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Glibc
import Synchronization
import Testing

@Suite("What is decided about jobs before a table is published") struct AdmissionTests {
    /// Lets all jobs run here but those that it is told of, and knows where jobs stand.
    final class Desk: TableAdmission {
        private let answers = Mutex<(elsewhere: Set<String>, marks: [JobID: Instant], fails: Int)>(([], [:], 0))
        func set(elsewhere: Set<String> = [], marks: [JobID: Instant] = [:], fails: Int = 0) {
            answers.withLock { $0 = (elsewhere, marks, fails) }
        }

        func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: [JobID: OtherHost]) {
            let there = answers.withLock { $0.elsewhere }
            var here = table, others: [JobID: OtherHost] = [:]
            here.filter { job in
                guard there.contains(job.command?.text ?? "") else { return job }
                others[job.id] = OtherHost(name: "there", attempts: 2)
                return nil
            }
            return (here, others)
        }

        func watermarks() async throws(StoreError) -> [JobID: Instant] {
            let fails = answers.withLock { answers in
                answers.fails -= 1
                return answers.fails >= 0
            }
            if fails { throw StoreError(.unavailable, "the ledger does not answer") }
            return answers.withLock { $0.marks }
        }
    }

    struct Place {
        let path: String
        let desk = Desk()
        let store = MemoryRevisionStore()
        let clocks = TableKeeperTests.Hands()
        let keeper: TableKeeper

        init(_ text: String) async throws {
            var template = Array("/tmp/admission-XXXXXX".utf8CString)
            try #require(mkdtemp(&template) != nil)
            path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            keeper = TableKeeper(
                source: TableSource(files: ["\(path)/table"], format: .user),
                compiler: TableCompiler(format: .user, zone: .utc, zones: .system, host: "host"), store: store, admission: desk,
                clocks: clocks, strict: false, observer: Heard())
            try write(text)
        }

        func write(_ text: String) throws {
            let file = try #require(fopen("\(path)/table", "w"))
            fputs(text, file)
            fclose(file)
        }

        func remove() {
            unlink("\(path)/table")
            rmdir(path)
        }
    }

    @Test("A start and an edit hand out what runs here, and name what runs elsewhere") func elsewhere() async throws {
        let place = try await Place("# crond: name=a\n1 * * * * a\n# crond: name=b\n2 * * * * b\n")
        defer { place.remove() }
        place.desk.set(elsewhere: ["b"])
        let first = try await place.keeper.start(policy: .auto)
        #expect(first.compiled.jobs.map(\.command?.text) == ["a"] && first.elsewhere == [JobID("b"): OtherHost(name: "there", attempts: 2)])
        #expect(first.keptJobs == [JobID("a"), JobID("b")], "the state of both stays")
        try place.write("# crond: name=b\n2 * * * * b\n# crond: name=c\n3 * * * * c\n")
        guard case .changed(let table) = await place.keeper.check(force: true) else { throw Unexpected() }
        #expect(table.compiled.jobs.map(\.command?.text) == ["c"] && Array(table.elsewhere.keys) == [JobID("b")])
        #expect(table.compiled.places.map(\.line) == [4], "places go with their jobs")
    }

    @Test("An edit is not published before it is known where its jobs stand") func unknownMarks() async throws {
        let place = try await Place("1 * * * * a\n")
        defer { place.remove() }
        _ = try await place.keeper.start(policy: .auto)
        place.desk.set(fails: 1)
        try place.write("2 * * * * b\n")
        guard case .unsettled = await place.keeper.check(force: true) else { throw Unexpected() }
        #expect(await place.store.revisions().count == 1)
        #expect(await place.keeper.currentRevision == 1)
        guard case .changed = await place.keeper.check() else { throw Unexpected() }
        #expect(await place.store.revisions().count == 2)
        #expect(await place.keeper.currentRevision == 2)
    }

    @Test("A job that comes back begins where the ledger had it, and not before the edit that brought it back") func marks() async throws {
        let place = try await Place("# crond: name=a\n1 * * * * a\n")
        defer { place.remove() }
        let before = TableKeeperTests.start - 1000, after = TableKeeperTests.start + 1000
        place.desk.set(marks: [JobID("a"): before, JobID("z"): after])
        let first = try await place.keeper.start(policy: .auto)
        #expect(first.watermarks[JobID("a")] == before && first.isKnown, "a start goes on where the ledger stood")
        place.desk.set(marks: [JobID("b"): before, JobID("c"): after])
        try place.write("# crond: name=b\n1 * * * * b\n# crond: name=c\n1 * * * * c\n")
        guard case .changed(let table) = await place.keeper.check(force: true) else { throw Unexpected() }
        #expect(table.watermarks[JobID("b")] == table.since && table.since > before)
        #expect(table.watermarks[JobID("c")] == after)
    }

    struct Unexpected: Error {}
}
