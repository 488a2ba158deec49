@testable internal import CronStoreRedis
internal import NIOCore
internal import Testing

@Suite struct RESPDecoderTests {
    private func values(_ text: String, cutAt cut: Int? = nil) throws -> [RESPValue] {
        try values(Array(text.utf8), cutAt: cut)
    }

    private func values(_ bytes: [UInt8], cutAt cut: Int? = nil) throws -> [RESPValue] {
        var decoder = RESPDecoder(), values: [RESPValue] = [], buffer = ByteBuffer()
        for part in cut.map({ [bytes[..<$0], bytes[$0...]] }) ?? [bytes[...]] {
            buffer.writeBytes(part)
            while let value = try decoder.next(&buffer) { values.append(value) }
        }
        return values
    }

    private static let sample =
        "+OK\r\n-ERR no\r\n:-7\r\n$5\r\na\r\nbc\r\n$-1\r\n*-1\r\n*0\r\n*3\r\n:1\r\n*1\r\n$0\r\n\r\n+x\r\n%1\r\n+k\r\n,1.5\r\n#t\r\n_\r\n=7\r\ntxt:abc\r\n~1\r\n:2\r\n"

    private static let meaning: [RESPValue] = [
        .string(Array("OK".utf8)), .error("ERR no"), .integer(-7), .string(Array("a\r\nbc".utf8)), .null, .null, .array([]),
        .array([.integer(1), .array([.string([])]), .string(Array("x".utf8))]),
        .array([.string(Array("k".utf8)), .string(Array("1.5".utf8))]),
        .integer(1), .null, .string(Array("abc".utf8)), .array([.integer(2)]),
    ]

    @Test func everyKindOfReplyIsRead() throws { #expect(try values(Self.sample) == Self.meaning) }

    @Test func itDoesNotMatterWhereTheNetworkCuts() throws {
        for cut in 0...Self.sample.utf8.count { #expect(try values(Self.sample, cutAt: cut) == Self.meaning, "cut at \(cut)") }
    }

    @Test func pushedMessagesAndAttributesAreNobodysReply() throws {
        #expect(try values(">2\r\n+invalidate\r\n*1\r\n+k\r\n|1\r\n+ttl\r\n:3\r\n:9\r\n>0\r\n+x\r\n") == [.integer(9), .string([120])])
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n", "\r\n", ":one\r\n", "$-2\r\n", "$99999999999\r\n", "*x\r\n", "$1\r\nabc\r\n", "*4194305\r\n",
        String(repeating: "*1\r\n", count: 20), "%3000000\r\n",
    ])
    func whatIsNoReplyIsSaidToBeNone(_ text: String) { #expect(throws: RESPDecoder.Malformed.self) { try values(text) } }

    @Test func aReplyOfTooManyBytesIsGivenUp() throws {
        var limits = RESPDecoder.Limits()
        limits.total = 10
        var decoder = RESPDecoder(limits: limits)
        // Of one reply, not of all.
        for _ in 0..<3 {
            var small = ByteBuffer(string: "*2\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n")
            #expect(try decoder.next(&small)?.elements?.count == 2)
        }
        var large = ByteBuffer(string: "*3\r\n$5\r\nabcde\r\n$5\r\nabcde\r\n$1\r\na\r\n")
        #expect(throws: RESPDecoder.Malformed.self) { try decoder.next(&large) }
    }

    @Test func aLineWithoutEndIsGivenUp() {
        #expect(throws: RESPDecoder.Malformed.self) { try values("+" + String(repeating: "x", count: 70_000)) }
    }

    /// Nothing that comes may trap, hang or cost more than it brings.
    @Test func randomAndMutatedBytesDoNoHarm() {
        var random = SplitMix(state: 42)
        let valid = Array(Self.sample.utf8), alphabet = Array("+-:$*%~>|_#,(=!\r\n0123456789ab".utf8)
        for round in 0..<20_000 {
            var bytes: [UInt8]
            switch round % 3 {
            case 0: bytes = (0..<Int(random.next() % 64)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            case 1: bytes = (0..<Int(random.next() % 64)).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
            default:
                bytes = Array(valid.prefix(Int(random.next() % UInt64(valid.count))))
                for _ in 0..<Int(random.next() % 4) where !bytes.isEmpty {
                    bytes[Int(random.next() % UInt64(bytes.count))] = alphabet[Int(random.next() % UInt64(alphabet.count))]
                }
            }
            _ = try? values(bytes, cutAt: Int(random.next() % UInt64(bytes.count + 1)))
        }
    }

    @Test func commandsAreWrittenByLength() {
        var buffer = ByteBuffer()
        RedisCommand("SET", "ключ", .bytes([0, 13, 10])).write(to: &buffer)
        #expect(String(buffer: buffer) == "*3\r\n$3\r\nSET\r\n$8\r\nключ\r\n$3\r\n\0\r\n\r\n")
    }
}

/// A small generator of numbers, the same for the same seed.
struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
