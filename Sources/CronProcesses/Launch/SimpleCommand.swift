/// A command in which a shell finds nothing to do but to execute a program: plain words, the first of them a path.
///
/// What a shell might take for anything else is not plain, and left to the shell: quotes, patterns, expansions, redirections, operators, comments,
/// assignments, control characters, and whatever is not ASCII. So is a command that begins as an option of the shell does.
struct SimpleCommand {
    /// The words as C strings, one after the other.
    private(set) var text: [CChar] = []
    /// Where in `text` each begins.
    private(set) var starts: [Int] = []

    init?(_ command: String) {
        text.reserveCapacity(command.utf8.count + 1)
        var isInWord = false, isPath = false
        for byte in command.utf8 {
            if byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") {
                if isInWord { text.append(0) }
                isInWord = false
                continue
            }
            let isInFirst = starts.isEmpty || starts.count == 1 && isInWord
            guard Self.isPlain(byte) || byte == UInt8(ascii: "=") && !isInFirst else { return nil }
            if !isInWord {
                guard !isInFirst || !Self.beginsOption(byte) else { return nil }
                starts.append(text.count)
                isInWord = true
            }
            if starts.count == 1, byte == UInt8(ascii: "/") { isPath = true }
            text.append(CChar(bitPattern: byte))
        }
        guard isPath else { return nil }
        text.append(0)
    }

    var program: String { String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ","), UInt8(ascii: ":"),
            UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "%"):
            true
        default: false
        }
    }

    private static func beginsOption(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+") }
}
