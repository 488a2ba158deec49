internal import Crypto

/// An entry as the legacy service prints it: `[m, h, dom, mon, dow, user, command]`.
///
/// Two things are made of it: the job's id, and the row of the legacy service's cache. It is made for every line at start-up, so the parser keeps one
/// renderer with one buffer, and only `rendering` makes Strings of it. MD5 comes from swift-crypto: 0.3 microseconds for a line of 50 bytes.
public struct LegacyRendering: Hashable, Sendable {
    /// Five texts, or those of all fields as written where the entry has six or seven, or `@every 90s`. Only five can be a row of the cache.
    public var fields: [String]
    /// Empty in the user format, which the legacy service does not know.
    public var user: String
    public var command: String

    /// The row of the cache.
    public var row: [String] { fields + [user, command] }

    /// The sixteen hex digits that end the legacy service's id.
    public var derivedHex: String {
        var md5 = Insecure.MD5()
        var text = Array(row.joined(separator: ",").utf8)
        text.withUnsafeMutableBytes { md5.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        return Self.hex(LegacyRenderer.number(of: md5.finalize()))
    }

    /// The job id of the legacy service: a fixed word and sixteen hex digits.
    public var jobID: String { "crondServiceTask-" + derivedHex }

    static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// Renders entries into one reused buffer.
struct LegacyRenderer {
    private var buffer: [UInt8] = []

    init() { buffer.reserveCapacity(4096) }

    /// Characters 8..<24 of the hex MD5 of the rendering, as a number.
    mutating func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ parts: EntryParts) -> UInt64 {
        fill(bytes, parts)
        return buffer.withUnsafeBytes { text in
            var md5 = Insecure.MD5()
            md5.update(bufferPointer: text)
            return Self.number(of: md5.finalize())
        }
    }

    /// The same rendering as texts.
    mutating func rendering(_ bytes: UnsafeBufferPointer<UInt8>, _ parts: EntryParts) -> LegacyRendering {
        // A comma inside a field is no end of it, so the fields are taken one by one.
        let fields = fieldTexts(bytes, parts)
        buffer.removeAll(keepingCapacity: true)
        appendCommand(bytes, parts.command)
        return LegacyRendering(
            fields: fields, user: bytes.text(parts.user), command: String(decoding: buffer, as: UTF8.self))
    }

    static func number(of digest: Insecure.MD5Digest) -> UInt64 {
        digest.withUnsafeBytes { raw in
            var number: UInt64 = 0
            for at in 4..<12 where at < raw.count { number = number << 8 | UInt64(raw[at]) }
            return number
        }
    }

    private mutating func fill(_ bytes: UnsafeBufferPointer<UInt8>, _ parts: EntryParts) {
        buffer.removeAll(keepingCapacity: true)
        appendFields(bytes, parts)
        buffer.append(UInt8(ascii: ","))
        buffer.append(contentsOf: bytes[parts.user])
        buffer.append(UInt8(ascii: ","))
        appendCommand(bytes, parts.command)
    }

    private mutating func appendFields(_ bytes: UnsafeBufferPointer<UInt8>, _ parts: EntryParts) {
        if parts.every > 0 { return buffer.append(contentsOf: Self.everyText(parts).utf8) }
        if let expansion = Self.expansion(bytes, parts.schedule) {
            expansion.withUTF8Buffer { buffer.append(contentsOf: $0) }
            return
        }
        var at = parts.schedule.lowerBound
        var index = 0
        while at < parts.schedule.upperBound {
            let end = bytes.skipWord(at, parts.schedule.upperBound)
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            appendField(bytes, at..<end, index, parts.fieldCount)
            at = bytes.skipBlanks(end, parts.schedule.upperBound)
            index += 1
        }
    }

    private mutating func appendField(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>, _ index: Int, _ count: Int) {
        if count == 5, index < 5 {
            LegacyField.append(bytes, field, index, to: &buffer)
        } else {
            buffer.append(contentsOf: bytes[field])
        }
    }

    /// The legacy service knew no `@every`: one field, with the interval, so that two intervals are two jobs.
    private static func everyText(_ parts: EntryParts) -> String { "@every \(parts.every)s" }

    private mutating func fieldTexts(_ bytes: UnsafeBufferPointer<UInt8>, _ parts: EntryParts) -> [String] {
        if parts.every > 0 { return [Self.everyText(parts)] }
        if let expansion = Self.expansion(bytes, parts.schedule) {
            return expansion.description.split(separator: ",").map(String.init)
        }
        var texts: [String] = []
        var at = parts.schedule.lowerBound
        while at < parts.schedule.upperBound {
            let end = bytes.skipWord(at, parts.schedule.upperBound)
            buffer.removeAll(keepingCapacity: true)
            appendField(bytes, at..<end, texts.count, parts.fieldCount)
            texts.append(String(decoding: buffer, as: UTF8.self))
            at = bytes.skipBlanks(end, parts.schedule.upperBound)
        }
        return texts
    }

    /// What python-crontab makes of a nickname; `@reboot` has five stars there.
    private static func expansion(_ bytes: UnsafeBufferPointer<UInt8>, _ schedule: Range<Int>) -> StaticString? {
        guard !schedule.isEmpty, bytes[schedule.lowerBound] == UInt8(ascii: "@") else { return nil }
        let known: [(StaticString, StaticString)] = [
            ("@hourly", "0,*,*,*,*"), ("@daily", "0,0,*,*,*"), ("@midnight", "0,0,*,*,*"), ("@weekly", "0,0,*,*,0"),
            ("@monthly", "0,0,1,*,*"), ("@yearly", "0,0,1,1,*"), ("@annually", "0,0,1,1,*"), ("@reboot", "*,*,*,*,*"),
        ]
        return known.first {
            $0.0.utf8CodeUnitCount == schedule.count && bytes.hasPrefix($0.0, at: schedule.lowerBound, schedule.upperBound)
        }?.1
    }

    /// Cut at the first ` #`, then at the first `%` without a backslash before it; `\%` becomes `%`; blanks go at both ends.
    private mutating func appendCommand(_ bytes: UnsafeBufferPointer<UInt8>, _ command: Range<Int>) {
        let start = buffer.count
        var at = bytes.skipBlanks(command.lowerBound, command.upperBound)
        var previous = UInt8(ascii: " ")
        var copied = at
        while at < command.upperBound {
            let byte = bytes[at]
            if byte == UInt8(ascii: "#"), previous.isBlank { break }
            if byte == UInt8(ascii: "%") {
                guard previous == UInt8(ascii: "\\") else { break }
                buffer.append(contentsOf: bytes[copied..<at - 1])
                copied = at
            }
            previous = byte
            at += 1
        }
        buffer.append(contentsOf: bytes[copied..<at])
        while buffer.count > start, let last = buffer.last, last.isBlank { buffer.removeLast() }
    }
}
