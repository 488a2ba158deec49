import CronDaemon
import CronExpressions
import CronJobs
import Testing

@Suite struct OnceBookTests {
    private let trust: OnceTrust
    private let now = Instant(900)

    init() throws { trust = try OnceTrustTests.trust() }

    private func stored(_ name: String = "at:a", at seconds: Int64 = 1000, number: String = "1", revision: Int64 = 1) -> StoredJob {
        var stored = trust.sign(OnceTrustTests.job(name, at: seconds, number: number))
        stored.revision = revision
        return stored
    }

    private func look(_ book: inout OnceBook, _ stored: [StoredJob], now: Int64 = 900) -> OnceBook.Change {
        book.take(stored, by: trust, now: Instant(now)) { _ in .here(user: nil) }
    }

    @Test("What is new in the store is added once, and what has gone from it is taken out")
    func comingAndGoing() {
        var book = OnceBook()
        #expect(look(&book, [stored(), stored("at:b")]).added.map(\.kept.job.id.description).sorted() == ["at:a", "at:b"])
        #expect(look(&book, [stored(), stored("at:b")]) == OnceBook.Change())
        #expect(look(&book, [stored("at:b")]).removed == [JobID("at:a")])
        #expect(book.entries.count == 1)
    }

    @Test("What was put again under another revision is the same: it is not added a second time")
    func putAgain() {
        var book = OnceBook()
        _ = look(&book, [stored()])
        #expect(look(&book, [stored(revision: 9)]) == OnceBook.Change())
        #expect(book.entries[JobID("at:a")]?.kept.revision == 9)
    }

    @Test("One that ran, or was cancelled, and is put back is refused by name, with whatever revision")
    func replay() {
        var book = OnceBook()
        _ = look(&book, [stored()])
        book.remove(JobID("at:a"))
        let change = look(&book, [stored(revision: 5)], now: 1001)
        #expect(change.added.isEmpty)
        #expect(change.refused == [JobID("at:a"): .again])
        // Somebody took it out of the store, and put it back.
        var other = OnceBook()
        _ = look(&other, [stored()])
        _ = look(&other, [])
        #expect(look(&other, [stored()]).refused == [JobID("at:a"): .again])
    }

    @Test("One that was cancelled here and put back by who had not heard of it leaves the store again; the next of its name does not")
    func withdrawn() throws {
        var book = OnceBook()
        _ = look(&book, [stored()])
        book.withdraw(try #require(book.entries[JobID("at:a")]?.kept))
        book.remove(JobID("at:a"))
        let change = look(&book, [stored(revision: 5)])
        #expect(change.withdrawn.map(\.revision) == [5] && change.added.isEmpty && change.refused.isEmpty && book.isEmpty)
        #expect(look(&book, [stored(number: "2")]).added.count == 1)
        // It is not remembered for ever.
        _ = look(&book, [stored(number: "2")], now: 1000 + 3601)
        #expect(look(&book, [stored(number: "2"), stored("at:b")], now: 1000 + 3602).withdrawn.isEmpty)
    }

    @Test("One that is altered leaves the scheduler; put right again, it does not come back")
    func altered() {
        var book = OnceBook()
        _ = look(&book, [stored()])
        var other = stored()
        other.schedule = "2000"
        let change = look(&book, [other])
        #expect(change.removed == [JobID("at:a")])
        #expect(change.refused == [JobID("at:a"): .notOurs])
        #expect(look(&book, [stored()]).refused == [JobID("at:a"): .again])
    }

    @Test("Another job of the same name takes the place of the one before")
    func sameName() {
        var book = OnceBook()
        _ = look(&book, [stored()])
        let change = look(&book, [stored(at: 950, number: "2", revision: 2)])
        #expect(change.removed == [JobID("at:a")])
        #expect(change.added.map(\.kept.job.time) == [Instant(950)])
    }

    @Test("Foreign, refused and damaged ones are told once, and are not taken out of any scheduler when they go")
    func told() throws {
        var book = OnceBook()
        let foreign = OnceTrustTests.job("at:f", host: "web-2").stored(mac: nil), forged = OnceTrustTests.job("at:g").stored(mac: "0")
        var damaged = stored("at:d")
        damaged.action = [1, 2]
        let change = look(&book, [foreign, forged, damaged])
        #expect(change.elsewhere.keys.map(\.description) == ["at:f"])
        #expect(change.refused == [JobID("at:g"): .notOurs, JobID("at:d"): .unreadable])
        #expect(change.added.isEmpty)
        #expect(look(&book, [foreign, forged, damaged]) == OnceBook.Change())
        #expect(look(&book, []) == OnceBook.Change())
    }

    @Test("Only those whose time has come are looked for in the ledger, and only what may run here is put again")
    func due() {
        var book = OnceBook()
        _ = look(&book, [stored(), stored("at:b", at: 2000), OnceTrustTests.job("at:f", host: "web-2").stored(mac: nil)])
        #expect(book.due(Instant(1000)).map(\.job.id.description).sorted() == ["at:a", "at:f"])
        #expect(book.known.map(\.job.id.description).sorted() == ["at:a", "at:b"])
    }
}
