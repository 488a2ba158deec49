/// The `%` rules, as cronie's `do_command` has them.
///
/// A backslash escapes only a `%` and nothing escapes a backslash: `\%` is `%`, also in `\\%` (which is `\%`), and every other backslash stays.
/// The first other `%` ends the command; what follows is standard input, where other ones are newlines. Input that does not end in a newline
/// gets one.
struct CommandText {
    var command: String
    var input: String?

    static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, percentIsLiteral: Bool) -> CommandText {
        guard !percentIsLiteral, bytes.firstIndex(of: UInt8(ascii: "%"), in: range) != nil else {
            return CommandText(command: bytes.text(range), input: nil)
        }
        var command: [UInt8] = []
        command.reserveCapacity(range.count)
        var at = range.lowerBound
        var escaped = false
        while at < range.upperBound {
            let byte = bytes[at]
            if byte == UInt8(ascii: "%") {
                guard escaped else { break }
                command.removeLast()
            }
            command.append(byte)
            escaped = byte == UInt8(ascii: "\\")
            at += 1
        }
        let text = String(decoding: command, as: UTF8.self)
        guard at < range.upperBound else { return CommandText(command: text, input: nil) }
        return CommandText(command: text, input: input(bytes, at + 1..<range.upperBound))
    }

    private static func input(_ bytes: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String {
        var input: [UInt8] = []
        input.reserveCapacity(range.count + 1)
        for at in range {
            guard bytes[at] == UInt8(ascii: "%") else {
                input.append(bytes[at])
                continue
            }
            if at > range.lowerBound, bytes[at - 1] == UInt8(ascii: "\\") {
                input.removeLast()
                input.append(UInt8(ascii: "%"))
            } else {
                input.append(UInt8(ascii: "\n"))
            }
        }
        if let last = input.last, last != UInt8(ascii: "\n") { input.append(UInt8(ascii: "\n")) }
        return String(decoding: input, as: UTF8.self)
    }
}
