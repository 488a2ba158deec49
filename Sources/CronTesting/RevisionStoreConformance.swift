public import CronJobs

/// What every `RevisionStore` does, sentence by sentence. Each check gets an empty store from `make`.
public enum RevisionStoreConformance {
    public typealias Make = @Sendable () async throws -> any RevisionStore
    public typealias Reopen = @Sendable (any RevisionStore) async throws -> any RevisionStore
    /// `reopen` answers the same store in its next life; for a store in memory, itself.
    public typealias Check = @Sendable (_ make: Make, _ reopen: Reopen) async throws -> Void

    public static let checks: [(name: String, run: Check)] = [
        ("an empty store has nothing", nothing),
        ("numbers start at 1 and grow by one, oldest first", numbers),
        ("the newest content again is no new revision; an older one is", deduplication),
        ("files come back byte for byte in their order", files),
        ("everything lasts over a reopening", lasting),
        ("attributes of files and who published a revision come back, and make no other content", attributes),
        ("attributes that are noted later take the place of a revision's, and last", notedAttributes),
        ("a host's base is what was set last, of that host", hostBase),
        ("of hosts the last 128 are remembered, for 30 days", forgottenHosts),
        ("racing appends each get a number of their own", racing),
        ("a signature is of the revision's own number and hash, and lasts", signatures),
        ("a newest revision that the signer does not accept is not the same", unaccepted),
        ("racing signers each sign their own number", racingSigners),
        ("no number that was seen is given again", seen),
        ("what is to follow a certain revision is not appended after another", conditional),
        ("of racing first appends that want to be the first, one is", racingFirsts),
        ("the newest deployment's base is set with a revision", deploymentBase),
        ("the store tells how it stands to a revision", standing),
        ("the heavier of two seeds stays, and lasts", seeds),
    ]

    private static let now = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private static func table(_ text: String) -> [TableFile] { [TableFile(path: "/etc/crontab", content: Array(text.utf8))] }

    private static let seeds: Check = { make, reopen in
        var store = try await make()
        try await expectEqual(store.seed(), nil, "none yet")
        let second = now + .seconds(1)
        let young = TableSeed.drawn("young", at: second), old = TableSeed.drawn("host:old", at: now)
        let given = TableSeed.given("given", at: now), newer = TableSeed.given("newer", at: second)
        try await expectEqual(store.offer(young), young, "the first")
        try await expectEqual(store.offer(old), young, "an offer changes nothing that is there, however old it is")
        try await expectEqual(store.keep(old), old, "of drawn ones the oldest")
        try await expectEqual(store.keep(young), old, "the oldest stays")
        store = try await reopen(store)
        try await expectEqual(store.seed(), old, "it lasts")
        try await expectEqual(store.keep(newer), newer, "a given one counts")
        for lighter in [given, old, young] { try await expectEqual(store.keep(lighter), newer, "of given ones the newest") }
        let third = TableSeed.given("x", at: second + .milliseconds(1))
        try await expectEqual(store.keep(TableSeed(text: "y", weight: newer.weight)), newer, "the first of two as heavy")
        let raced = store
        let both = try await withThrowingTaskGroup(of: TableSeed.self) { group in
            for seed in [third, old] { group.addTask { try await raced.keep(seed) } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        try expect(both.isSubset(of: [third, newer]), "racing ones agree")
        try await expectEqual(store.seed(), third, "the heaviest of all")
    }

    private static let nothing: Check = { make, _ in
        let store = try await make()
        try await expectEqual(store.revisions(), [], "revisions")
        try await expectEqual(store.newestRevision(), nil, "newest")
        try await expectEqual(store.files(of: 1), nil, "files")
        try await expectEqual(store.bases(of: "a"), StoredBases(), "bases")
    }

    private static let numbers: Check = { make, _ in
        let store = try await make()
        for (index, origin) in RevisionOrigin.allCases.enumerated() {
            let at = now + .nanoseconds(index)
            let made = try await store.append(table("\(index)"), hash: "h\(index)", origin: origin, now: at)
            try expectEqual(made, Revision(number: index + 1, createdAt: at, origin: origin, hash: "h\(index)"), "appended")
            try await expectEqual(store.newestRevision(), made, "newest")
        }
        let all = try await store.revisions()
        try expectEqual(all.map(\.number), Array(1...RevisionOrigin.allCases.count), "order")
        try expect(all.allSatisfy(\.intact), "all intact")
    }

    private static let deduplication: Check = { make, _ in
        let store = try await make()
        let first = try await store.append(table("a"), hash: "a", origin: .deployed, now: now)
        let again = try await store.append(table("a"), hash: "a", origin: .edited, now: WallTime(nanoseconds: 5))
        try expectEqual(again, first, "same hash as the newest")
        _ = try await store.append(table("b"), hash: "b", origin: .edited, now: now)
        let back = try await store.append(table("a"), hash: "a", origin: .restored, now: now)
        try expectEqual(back.number, 3, "an older content is a new revision")
        try await expectEqual(store.files(of: 3), table("a"), "its files")
        try await expectEqual(store.files(of: 1), table("a"), "and of the older one")
    }

    private static let files: Check = { make, _ in
        let store = try await make()
        let everyByte = [UInt8](0...255)
        let given = [
            TableFile(path: "/z", content: everyByte), TableFile(path: "/a'\";--\u{0}é🎉", content: []),
            TableFile(path: "", content: everyByte + everyByte), TableFile(path: "/z", content: [0]),
        ]
        _ = try await store.append(given, hash: "'x", origin: .edited, now: now)
        try await expectEqual(store.files(of: 1), given, "files")
        _ = try await store.append([], hash: "", origin: .edited, now: now)
        try await expectEqual(store.files(of: 2), [], "a table without files is one")
        for unknown in [0, -1, 3, Int.max, Int.min] { try await expectEqual(store.files(of: unknown), nil, "unknown \(unknown)") }
    }

    private static let lasting: Check = { make, reopen in
        var store = try await make()
        let made = try await store.append(table("x"), hash: "x", origin: .imported, now: now)
        try await store.setBase("base", of: "h", now: now)
        store = try await reopen(store)
        try await expectEqual(store.revisions(), [made], "revisions")
        try await expectEqual(store.files(of: 1), table("x"), "files")
        try await expectEqual(store.bases(of: "h").host, "base", "base")
        let next = try await store.append(table("y"), hash: "y", origin: .edited, now: now)
        try expectEqual(next.number, 2, "the numbers go on")
    }

    private static let attributes: Check = { make, reopen in
        var store = try await make()
        let extended = [FileAttributes.Extended(name: "user.a=b c\n", value: [0, 255]), .init(name: "user.é", value: [])]
        let given = FileAttributes(mode: 0o640, user: 4_294_967_294, group: 42, extended: extended)
        let file = TableFile(path: "/t", content: [65], attributes: given), plain = TableFile(path: "/u", content: [])
        let terms = RevisionTerms(host: "web 0\n", author: "-")
        let made = try await store.append([file, plain], hash: "a", origin: .edited, now: now, terms: terms)
        try expectEqual(made.host, "web 0\n", "host")
        store = try await reopen(store)
        try await expectEqual(store.files(of: 1)?.map(\.attributes), [given, nil], "attributes")
        try await expectEqual(store.revisions(), [made], "all")
        try await expectEqual(store.revision(1), made, "by number")
        let other = TableFile(path: "/t", content: [65], attributes: FileAttributes(mode: 0o600, user: 0, group: 0))
        try await expectEqual(store.append([other, plain], hash: "a", origin: .edited, now: now), made, "the same content")
    }

    private static let notedAttributes: Check = { make, reopen in
        var store = try await make()
        func file(_ path: String, _ mode: UInt32?) -> TableFile {
            TableFile(path: path, content: [65], attributes: mode.map { FileAttributes(mode: $0, user: 7, group: 8) })
        }
        let terms = RevisionTerms(host: "web", author: "a")
        let made = try await store.append([file("/t", 0o644), file("/u", nil)], hash: "a", origin: .edited, now: now, terms: terms)
        _ = try await store.append([file("/t", 0o640)], hash: "b", origin: .edited, now: now, terms: terms)
        let stricter = FileAttributes(mode: 0o600, user: 9, group: 8, extended: [.init(name: "user.a", value: [0, 10])])
        try await store.note(["/t": stricter, "/nowhere": stricter], of: 1)
        try await store.note(["/t": stricter], of: 3)
        store = try await reopen(store)
        try await expectEqual(store.files(of: 1)?.map(\.attributes), [stricter, nil], "those of that file")
        try await expectEqual(store.files(of: 1), [file("/t", nil), file("/u", nil)], "its content is as it was")
        try await expectEqual(store.files(of: 2)?.map(\.attributes?.mode), [0o640], "another revision's stay")
        try await expectEqual(store.files(of: 3), nil, "no revision comes of it")
        try await expectEqual(store.revision(1), made, "nor is its row another")
    }

    private static let hostBase: Check = { make, _ in
        let store = try await make()
        for text in ["one", "", "t'w\u{0}o\nthree"] {
            try await store.setBase(text, of: "a b", now: now)
            try await expectEqual(store.bases(of: "a b"), StoredBases(host: text), "its own")
            try await expectEqual(store.bases(of: "a"), StoredBases(), "another host's")
        }
    }

    private static let forgottenHosts: Check = { make, _ in
        let store = try await make()
        func set(_ host: Int, after seconds: Int64) async throws {
            try await store.setBase("\(host)", of: "h\(host)", now: now + .seconds(seconds))
        }
        func known(_ host: Int) async throws -> Bool { try await store.bases(of: "h\(host)").host != nil }
        for host in 0..<128 { try await set(host, after: Int64(host)) }
        try expect(try await known(0), "the first of 128")
        try await set(0, after: 200)
        try await set(128, after: 201)
        for host in [0, 2, 128] { try expect(try await known(host), "those that were set last") }
        try expect(try await !known(1), "the one that was set longest ago")
        try await set(129, after: 30 * 86_400 + 100)
        for host in [0, 129] { try expect(try await known(host), "within 30 days") }
        try expect(try await !known(50), "for longer than 30 days")
    }

    private static let deploymentBase: Check = { make, _ in
        let store = try await make()
        _ = try await append("a", to: store, after: 0, base: "one")
        try await expectEqual(store.bases(of: "x"), StoredBases(deployment: "one"), "the first")
        try await store.setBase("host", of: "x", now: now)
        _ = try await append("b", to: store, after: 1, base: "two\nlines")
        try await expectEqual(store.bases(of: "x"), StoredBases(host: "host", deployment: "two\nlines"), "beside the host's")
        _ = try? await append("c", to: store, after: 1, base: "three")
        _ = try await append("c", to: store, after: 2)
        try await expectEqual(store.bases(of: "x").deployment, "two\nlines", "not without a revision, nor by one without it")
    }

    private static let racing: Check = { make, _ in
        let store = try await make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<20 {
                group.addTask { _ = try await store.append(table("\(index)"), hash: "\(index)", origin: .edited, now: now) }
            }
            try await group.waitForAll()
        }
        try await expectEqual(store.revisions().map(\.number), Array(1...20), "numbers")
    }

    /// Signs with a word of its own.
    private struct Signer: RevisionSigner {
        var word = "signed"

        func signature(number: Int, hash: String) -> String { "\(word) \(number) \(hash)" }
        func accepts(_ revision: Revision) -> Bool { revision.signature == signature(number: revision.number, hash: revision.hash) }
    }

    private static func append(
        _ hash: String, to store: any RevisionStore, seen: Int = 0, signer: Signer? = Signer()
    ) async throws -> Revision {
        try await store.append(table(hash), hash: hash, origin: .edited, now: now, terms: RevisionTerms(seen: seen, signer: signer))
    }

    private static let signatures: Check = { make, reopen in
        var store = try await make()
        let unsigned = try await append("a", to: store, signer: nil), signed = try await append("b", to: store)
        try expectEqual(unsigned.signature, nil, "no signer, no signature")
        try expectEqual(signed.signature, "signed 2 b", "signature")
        store = try await reopen(store)
        try await expectEqual(store.revisions(), [unsigned, signed], "all revisions")
        try await expectEqual(store.newestRevision(), signed, "newest")
        try await expectEqual(store.revision(1), unsigned, "the first")
        try await expectEqual(store.revision(2), signed, "the second")
        for unknown in [0, -1, 3, Int.max, Int.min] { try await expectEqual(store.revision(unknown), nil, "unknown \(unknown)") }
        try await expectEqual(store.newestNumber(), 2, "newest number")
    }

    private static let unaccepted: Check = { make, _ in
        let store = try await make()
        _ = try await append("a", to: store, signer: nil)
        try await expectEqual(append("a", to: store).number, 2, "unsigned is not signed")
        try await expectEqual(append("a", to: store).number, 2, "signed once")
        try await expectEqual(append("a", to: store, signer: Signer(word: "other")).number, 3, "another signer's")
        try await expectEqual(append("a", to: store, signer: nil).number, 3, "nobody asks who signed it")
    }

    private static let racingSigners: Check = { make, _ in
        let store = try await make()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<10 { group.addTask { _ = try await append("\(index)", to: store) } }
            try await group.waitForAll()
        }
        let all = try await store.revisions()
        try expectEqual(all.map(\.number), Array(1...10), "numbers")
        try expect(all.allSatisfy(Signer().accepts), "signatures")
    }

    private static let seen: Check = { make, _ in
        let store = try await make()
        try await expectEqual(store.newestNumber(), nil, "nothing yet")
        try await expectEqual(append("a", to: store, seen: 6).number, 7, "after what was seen")
        try await expectEqual(append("b", to: store, seen: 3).number, 8, "after the newest")
        try await expectEqual(append("b", to: store, seen: 8).number, 8, "the newest itself was seen")
        try await expectEqual(append("b", to: store, seen: 9).number, 10, "an older one than was seen is not the same")
        try await expectEqual(store.revisions().map(\.number), [7, 8, 10], "numbers")
        do {
            _ = try await append("c", to: store, seen: .max)
        } catch let error as StoreError {
            try expectEqual(error.code, .corrupt, "no number is left")
            return
        }
        try expect(false, "no number is left")
    }

    private static func isOvertaken(_ body: () async throws -> Revision) async throws -> Bool {
        do { _ = try await body() } catch let error as StoreError where error.code == .overtaken { return true }
        return false
    }

    private static func append(_ hash: String, to store: any RevisionStore, after: Int, base: String? = nil) async throws -> Revision {
        try await store.append(
            table(hash), hash: hash, origin: .deployed, now: now, terms: RevisionTerms(after: after, base: base))
    }

    private static let conditional: Check = { make, _ in
        let store = try await make()
        try expect(await isOvertaken { try await append("a", to: store, after: 1) }, "there is none")
        try await expectEqual(append("a", to: store, after: 0).number, 1, "the first")
        try expect(await isOvertaken { try await append("b", to: store, after: 0) }, "there is one")
        try expect(await isOvertaken { try await append("a", to: store, after: 0) }, "even of the same content")
        try await expectEqual(append("b", to: store, after: 1).number, 2, "after the first")
        try await expectEqual(append("b", to: store, after: 2).number, 2, "the newest again")
        try await expectEqual(store.revisions().map(\.hash), ["a", "b"], "nothing else")
    }

    private static let racingFirsts: Check = { make, _ in
        let store = try await make()
        let first = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<10 {
                group.addTask { try await !isOvertaken { try await append("\(index)", to: store, after: 0) } }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        try expectEqual(first, 1, "one was first")
        try await expectEqual(store.revisions().count, 1, "one revision")
    }

    private static let standing: Check = { make, _ in
        let store = try await make()
        try await expectEqual(store.standing(of: 0), RevisionStanding(newest: nil, hash: nil), "empty")
        _ = try await append("a", to: store, after: 0)
        _ = try await append("b", to: store, after: 1)
        try await expectEqual(store.standing(of: 1), RevisionStanding(newest: 2, hash: "a"), "the first")
        try await expectEqual(store.standing(of: 2), RevisionStanding(newest: 2, hash: "b"), "the newest")
        try await expectEqual(store.standing(of: 3), RevisionStanding(newest: 2, hash: nil), "none")
    }
}
