import CronExpressions
import CronJobs
import Testing

struct SecretMaskTests {
    /// What must come out: each byte of any occurrence covered, looked for one by one.
    private static func naive(_ text: [UInt8], _ secrets: [String]) -> [UInt8] {
        var isSecret = [Bool](repeating: false, count: text.count)
        for secret in secrets.map({ Array($0.utf8) }) where text.count >= secret.count {
            for start in 0...(text.count - secret.count) where text[start..<start + secret.count].elementsEqual(secret) {
                for place in start..<start + secret.count { isSecret[place] = true }
            }
        }
        var masked: [UInt8] = []
        for (place, byte) in text.enumerated() {
            if !isSecret[place] { masked.append(byte) } else if place == 0 || !isSecret[place - 1] { masked += Array("***".utf8) }
        }
        return masked
    }

    private static func masked(_ pieces: [ArraySlice<UInt8>], _ mask: SecretMask) -> [UInt8] {
        var stream = MaskedStream(mask), masked: [UInt8] = []
        for piece in pieces { Array(piece).withUnsafeBufferPointer { stream.feed($0, into: &masked) } }
        stream.finish(into: &masked)
        return masked
    }

    private static let cases: [(secrets: [String], text: String)] = [
        (["hunter22"], "the password is hunter22, not hunter2 nor hunter222"),
        (["abcdef", "defghi"], "abcdefghi abcdeabcdef defghabcdefghi"),
        (["aaaaaa"], "aaaaa aaaaaa aaaaaaaaaaaaa a"),
        (["abababab", "bababa"], "abababababab babab abababa"),
        (["abcdefgh", "cdefgh", "efghij"], "abcdefghij cdefghij abcdef"),
        (["päßwörter", "日本語"], "x päßwörter 日本語日本 語"),
        (["xyzxyz", "xyzxyzxyzq"], "xyzxyzxyzxyzq xyzxyzxyz"),
    ]

    @Test("Cut between any two bytes, and between any two others, a stream comes out the same", arguments: cases.indices)
    func cuts(_ index: Int) throws {
        let (secrets, text) = Self.cases[index]
        let bytes = Array(text.utf8), mask = try #require(SecretMask(secrets)), wanted = Self.naive(bytes, secrets)
        #expect(Self.masked(bytes.map { [$0] }, mask) == wanted, "byte by byte")
        for first in 0...bytes.count {
            for second in first...bytes.count {
                let pieces = [bytes[..<first], bytes[first..<second], bytes[second...]]
                #expect(Self.masked(pieces, mask) == wanted, "cut at \(first) and \(second)")
            }
        }
    }

    @Test("Random texts of few letters, full of secrets that overlap, are masked as looking for each one masks them")
    func random() throws {
        var dice = Dice(state: 7)
        for _ in 0..<2000 {
            let secrets = (0..<dice.below(5) + 1).map { _ in dice.word(6 + dice.below(6)) }
            let bytes = Array((secrets.joined() + dice.word(dice.below(60)) + secrets.reversed().joined()).utf8)
            let mask = try #require(SecretMask(secrets))
            var pieces: [ArraySlice<UInt8>] = [], at = 0
            while at < bytes.count {
                let next = min(bytes.count, at + 1 + dice.below(20))
                pieces.append(bytes[at..<next])
                at = next
            }
            #expect(Self.masked(pieces, mask) == Self.naive(bytes, secrets), "\(secrets) in \(String(decoding: bytes, as: UTF8.self))")
        }
    }

    private struct Dice {
        var state: UInt64

        mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }

        mutating func word(_ length: Int) -> String {
            String(decoding: (0..<length).map { _ in UInt8(ascii: "a") + UInt8(below(2)) }, as: UTF8.self)
        }
    }

    @Test("Values of less than six bytes, or of nothing but blanks, are no secrets")
    func short() {
        #expect(SecretMask(["", "abcde", "      ", "\n\n\n\n\n\n\n"]) == nil)
        #expect(SecretMask(["abcdef"])?.masked("an abcdef") == "an ***")
    }

    @Test("A file's last newline need not be printed with it; lines of a long one are secrets by themselves")
    func lines() throws {
        #expect(SecretMask(["hunter22\n"])?.masked("<hunter22>") == "<***>")
        let mask = try #require(SecretMask(["-----BEGIN KEY-----\nMIIabcdefgh\nxy\n-----END KEY-----\n"]))
        #expect(mask.masked("-----BEGIN KEY-----\nMIIabcdefgh\nxy\n-----END KEY-----\n") == "***\n")
        #expect(mask.masked("  MIIabcdefgh\nxy") == "  ***\nxy")
    }

    @Test("Of a secret of any length at most 4 KiB are held back, and nothing of it gets through")
    func long() throws {
        let letters = (0..<20_001).map { (place: Int) -> UInt8 in
            let code = place * 7 + place / 90
            return UInt8(33 + code % 90)
        }
        let secret = String(decoding: letters, as: UTF8.self)
        let mask = try #require(SecretMask([secret]))
        #expect(mask.masked("<\(secret)>") == "<***>")
        var stream = MaskedStream(mask), out: [UInt8] = []
        Array(secret.utf8.prefix(8000)).withUnsafeBufferPointer { stream.feed($0, into: &out) }
        #expect(out == Array("***".utf8))
    }

    @Test("A hostile stream takes linear time: each byte is looked at a bounded number of times")
    func hostile() throws {
        let mask = try #require(SecretMask([String(repeating: "a", count: 4000) + "b"]))
        let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1 << 20)
        var out: [UInt8] = [], stream = MaskedStream(mask)
        bytes.withUnsafeBufferPointer { stream.feed($0, into: &out) }
        #expect(out.count == bytes.count - 4000)
    }

    @Test("Names are matched in any case, and only as a whole")
    func names() throws {
        let names = SecretNames.standard
        for name in ["API_KEY", "github_token", "My_Secret", "PASSWORD", "DB_PASSWORD_OLD", "mysqlpasswords"] {
            #expect(names.contains(name))
        }
        for name in ["KEY", "API_KEY_ID", "TOKENS", "SECRETLY", "PATH", "PASSWOR", ""] { #expect(!names.contains(name)) }
        let own = try #require(SecretNames("DB_*_URL,x*y*z"))
        for name in ["DB_MAIN_URL", "db__url", "xyz", "x1y2y3z"] { #expect(own.contains(name)) }
        for name in ["DB_URL", "xz", "xyzz1", "API_KEY"] { #expect(!own.contains(name)) }
        #expect(SecretNames("none")?.contains("API_KEY") == false)
        for text in ["", "   ", "A-B", "A?", "Ä*"] { #expect(SecretNames(text) == nil, "\(text)") }
        let stars = try #require(SecretNames(String(repeating: "*a", count: 30) + "*b"))
        #expect(!stars.contains(String(repeating: "a", count: 4000)))
    }

    @Test("An environment is shown without its secrets, also where another variable holds one")
    func environment() {
        let shown = SecretNames.standard.shown(["A_KEY=abc", "B_TOKEN=hunter22", "URL=redis://u:hunter22@h", "EMPTY_KEY=", "PATH=/bin"])
        #expect(shown == ["A_KEY=***", "B_TOKEN=***", "URL=redis://u:***@h", "EMPTY_KEY=***", "PATH=/bin"])
    }
}
