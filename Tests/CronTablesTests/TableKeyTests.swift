import CronJobs
import Testing

@testable import CronTables

@Suite("The table's key") struct TableKeyTests {
    let key = Array("sixteen bytes ok".utf8)

    func revision(_ number: Int, _ hash: String, signature: String?) -> Revision {
        Revision(number: number, createdAt: WallTime(nanoseconds: 0), origin: .edited, hash: hash, signature: signature)
    }

    // RFC 4231, test case 1.
    @Test("makes the code that the standard's example has") func vector() throws {
        let key = try TableKey([UInt8](repeating: 0x0b, count: 20))
        let code = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        #expect(key.authenticationCode(of: "Hi There") == code)
        #expect(key.isAuthenticationCode(code, of: "Hi There"))
        #expect(!key.isAuthenticationCode(code, of: "Hi there"))
        for wrong in ["", String(code.dropLast()), code + "0", code.uppercased()] {
            #expect(!key.isAuthenticationCode(wrong, of: "Hi There"))
        }
    }

    @Test("has 16 bytes or more, not counting line ends behind it") func length() throws {
        for short in ["", "\n", "fifteen bytes k", "fifteen bytes k\r\n"] {
            #expect(throws: TableKeyError.self) { try TableKey(Array(short.utf8)) }
        }
        #expect(try TableKey(key + [13, 10]).authenticationCode(of: "a") == TableKey(key).authenticationCode(of: "a"))
        #expect(try TableKey([10] + key).authenticationCode(of: "a") != TableKey(key).authenticationCode(of: "a"))
    }

    @Test("shows itself nowhere") func hidden() throws {
        #expect(!"\([try TableKey(key)])\(String(reflecting: try TableKey(key)))".contains("sixteen"))
        #expect(!"\(TableSeal(name: "n", key: try TableKey(key)))".contains("sixteen"))
        #expect(!"\(try TableKey(key))".contains("\(key[0])"))
    }

    @Test("signs name, number and content together: none of them can be exchanged") func seal() throws {
        let seal = TableSeal(name: "one", key: try TableKey(key)), signature = seal.signature(number: 7, hash: "ab")
        #expect(seal.accepts(revision(7, "ab", signature: signature)))
        #expect(!seal.accepts(revision(8, "ab", signature: signature)), "an older one under a newer number")
        #expect(!seal.accepts(revision(7, "ac", signature: signature)), "another content")
        #expect(!seal.accepts(revision(7, "ab", signature: nil)), "no signature")
        #expect(!TableSeal(name: "two", key: try TableKey(key)).accepts(revision(7, "ab", signature: signature)), "another name")
        #expect(!TableSeal(name: "one", key: try TableKey(key + [1])).accepts(revision(7, "ab", signature: signature)), "another key")
    }
}
