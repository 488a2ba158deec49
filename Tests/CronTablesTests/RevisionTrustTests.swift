import CronJobs
import Testing

@testable import CronTables

@Suite("Which revisions may be used") struct RevisionTrustTests {
    let store = MemoryRevisionStore()
    let seal: TableSeal

    init() throws { seal = TableSeal(name: "n", key: try TableKey(Array("sixteen bytes ok".utf8))) }

    func table(_ text: String) -> [TableFile] { [TableFile(path: "/t", content: Array(text.utf8))] }

    @discardableResult
    func append(_ text: String, hash: String? = nil, signer: (any RevisionSigner)?) async throws -> Revision {
        try await store.append(
            table(text), hash: hash ?? TableHash.hash(table(text)), origin: .edited, now: WallTime(nanoseconds: 0),
            terms: RevisionTerms(signer: signer))
    }

    /// Writes whatever an attacker would.
    private struct Forger: RevisionSigner {
        var written: String
        func signature(number: Int, hash: String) -> String { written }
        func accepts(_ revision: Revision) -> Bool { false }
    }

    @Test("Without a key the newest one is used, signed or not") func withoutKey() async throws {
        try await append("a", signer: seal)
        try await append("b", signer: nil)
        let newest = try await RevisionTrust(store: store, seal: nil).newest()
        #expect(newest.revision?.number == 2 && newest.refused.isEmpty)
    }

    @Test("With a key the newest that is properly signed is used, and each newer one is refused with its reason") func withKey()
        async throws
    {
        let trust = RevisionTrust(store: store, seal: seal)
        try await append("a", signer: seal)
        let good = try await append("b", signer: seal)
        try await append("c", signer: nil)
        try await append("b", signer: Forger(written: good.signature ?? ""))
        try await append("d", hash: TableHash.hash(table("b")), signer: seal)
        let newest = try await trust.newest()
        #expect(newest.revision == good)
        #expect(newest.refused.map(\.number) == [5, 4, 3])
        #expect(newest.refused.map(\.why) == [.altered, .altered, .unsigned])
        #expect(try await trust.files(of: 1) == table("a"), "an old one may still be looked at as a last good version")
        for refused in [3, 4, 5, 6] { #expect(try await trust.files(of: refused) == nil) }
    }

    @Test("Where nothing is signed, nothing is used") func nothing() async throws {
        try await append("a", signer: nil)
        let newest = try await RevisionTrust(store: store, seal: seal).newest()
        #expect(newest.revision == nil && newest.refused.map(\.why) == [.unsigned])
    }
}
