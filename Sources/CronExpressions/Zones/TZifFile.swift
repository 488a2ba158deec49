/// Reads compiled time zone files (RFC 9636), versions 1 to 4.
///
/// A file holds a 32-bit block, and from version 2 on a 64-bit block and a POSIX rule for the time after its last change.
/// Every count and index is checked against the bytes there are: a damaged file yields nil, never a trap. Changes past the
/// table are worked out from the rule up to the end of the calendar, so that a look-up never has to evaluate rules.
struct TZifFile {
    var kinds: [ZoneKind]
    var changes: [ZoneChange]

    private struct Header {
        var version: UInt8
        var isUT, isStandard, leaps, times, types, characters: Int

        func bodySize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + isStandard + isUT
        }
    }

    init?(_ bytes: [UInt8]) {
        guard var header = Self.header(bytes, at: 0) else { return nil }
        var body = 44
        var timeSize = 4
        if header.version >= UInt8(ascii: "2") {
            let second = body + header.bodySize(timeSize: 4)
            guard let wide = Self.header(bytes, at: second) else { return nil }
            (header, body, timeSize) = (wide, second + 44, 8)
        }
        let end = body + header.bodySize(timeSize: timeSize)
        guard end <= bytes.count, header.types >= 1, header.types <= 256 else { return nil }
        let typesAt = body + header.times * (timeSize + 1)
        guard let kinds = Self.kinds(bytes, at: typesAt, header) else { return nil }
        self.kinds = kinds
        changes = []
        changes.reserveCapacity(header.times + 1000)
        for index in 0..<header.times {
            let start = Self.integer(bytes, at: body + index * timeSize, size: timeSize)
            let kind = Int(bytes[body + header.times * timeSize + index])
            guard kind < kinds.count else { return nil }
            if let last = changes.last, start <= last.start { return nil }
            // Some writers begin with a "big bang" entry far before the calendar.
            if start < -1 << 58 { continue }
            changes.append(ZoneChange(start: start, kind: kind))
        }
        if timeSize == 8, !appendFooter(bytes[end...]) { return nil }
    }

    /// Adds the changes that the rule at the end of the file makes; false if the rule is damaged.
    private mutating func appendFooter(_ tail: ArraySlice<UInt8>) -> Bool {
        guard tail.first == 0x0A, let close = tail.dropFirst().firstIndex(of: 0x0A) else { return false }
        let text = tail[(tail.startIndex + 1)..<close]
        if text.isEmpty { return true }
        guard let rule = PosixRule(text) else { return false }
        let last = changes.last?.start ?? Int64.min >> 4
        let standard = index(of: rule.standard)
        let summer = rule.summer.map { index(of: $0.kind) } ?? standard
        let made = rule.changes(after: last)
        if changes.isEmpty, made.isEmpty, kinds[0].offset != rule.standard.offset {
            changes.append(ZoneChange(start: Instant.earliestLocal, kind: standard))
        }
        for change in made {
            changes.append(ZoneChange(start: change.start, kind: change.isSummer ? summer : standard))
        }
        return true
    }

    private mutating func index(of kind: ZoneKind) -> Int {
        if let found = kinds.firstIndex(of: kind) { return found }
        kinds.append(kind)
        return kinds.count - 1
    }

    private static func kinds(_ bytes: [UInt8], at: Int, _ header: Header) -> [ZoneKind]? {
        let names = at + header.types * 6
        var kinds: [ZoneKind] = []
        for index in 0..<header.types {
            let offset = integer(bytes, at: at + index * 6, size: 4)
            let name = Int(bytes[at + index * 6 + 5])
            guard offset > -26 * 3600, offset < 26 * 3600, name < header.characters else { return nil }
            let text = bytes[(names + name)..<(names + header.characters)].prefix { $0 != 0 }
            guard text.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
            kinds.append(ZoneKind(offset: Int32(offset), abbreviation: String(decoding: text, as: UTF8.self)))
        }
        return kinds
    }

    private static func header(_ bytes: [UInt8], at: Int) -> Header? {
        guard at + 44 <= bytes.count, bytes[at..<(at + 4)].elementsEqual("TZif".utf8) else { return nil }
        let version = bytes[at + 4]
        guard version == 0 || (UInt8(ascii: "2")...UInt8(ascii: "9")).contains(version) else { return nil }
        let counts = (0..<6).map { Int(UInt32(truncatingIfNeeded: integer(bytes, at: at + 20 + $0 * 4, size: 4))) }
        // Real files have at most some hundreds of each.
        guard counts.allSatisfy({ $0 <= 100_000 }) else { return nil }
        return Header(
            version: version, isUT: counts[0], isStandard: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            characters: counts[5])
    }

    /// A big-endian signed integer.
    private static func integer(_ bytes: [UInt8], at: Int, size: Int) -> Int64 {
        var value: UInt64 = 0
        for byte in bytes[at..<(at + size)] { value = value << 8 | UInt64(byte) }
        let unused = 64 - size * 8
        return Int64(bitPattern: value << UInt64(unused)) >> Int64(unused)
    }
}
