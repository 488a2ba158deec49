/// The comment ` # crond service crondServiceTask-…` that the legacy service appends to the lines it restores. The id leaves it out already; the
/// command must not have it either, or the same line would be another command.
enum LegacySuffix {
    private static let words = Array("# crond service crondServiceTask-".utf8)
    private static let digits = 16

    static func stripped(_ command: String) -> String {
        // Nearly all commands end here, without a copy.
        guard command.utf8.count > words.count + digits, command.utf8.suffix(digits + 8).contains(UInt8(ascii: "-")) else { return command }
        var rest = Array(command.utf8)[...]
        while let shorter = cut(rest) { rest = shorter }
        return rest.count == command.utf8.count ? command : String(decoding: rest, as: UTF8.self)
    }

    /// What stands before the suffix; `nil` where there is none.
    private static func cut(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = text
        func dropBlanks() { while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() } }
        dropBlanks()
        guard rest.count > words.count + digits, rest.suffix(digits).allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        rest.removeLast(digits)
        guard rest.suffix(words.count).elementsEqual(words) else { return nil }
        rest.removeLast(words.count)
        guard let blank = rest.last, blank == 0x20 || blank == 0x09 else { return nil }
        dropBlanks()
        return rest.isEmpty ? nil : rest
    }
}
