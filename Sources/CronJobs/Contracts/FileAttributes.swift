/// What a table's file has beside its bytes: mode, owner, access list and `user.*` attributes. Kept for the day on which the file must be made anew.
public struct FileAttributes: Hashable, Sendable {
    /// One of its `user.*` attributes, or its access list, bytes and all.
    public struct Extended: Hashable, Sendable {
        public var name: String
        public var value: [UInt8]

        public init(name: String, value: [UInt8]) {
            self.name = name
            self.value = value
        }
    }

    /// The permission bits.
    public var mode: UInt32
    public var user: UInt32
    public var group: UInt32
    public var extended: [Extended]

    public init(mode: UInt32, user: UInt32, group: UInt32, extended: [Extended] = []) {
        self.mode = mode & 0o7777
        self.user = user
        self.group = group
        self.extended = extended
    }
}

extension FileAttributes {
    /// The form in which stores keep it: `640 0 42`, then `name=value` in hexadecimal digits for each further one.
    public var text: String {
        let words = [String(mode, radix: 8), String(user), String(group)]
        return (words + extended.map { Self.hex(Array($0.name.utf8)) + "=" + Self.hex($0.value) }).joined(separator: " ")
    }

    /// `nil` for what is no such text.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count >= 3, let mode = UInt32(words[0], radix: 8), let user = UInt32(words[1]), let group = UInt32(words[2])
        else { return nil }
        var extended: [Extended] = []
        for word in words[3...] {
            let pair = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let name = Self.bytes(pair[0]), let value = Self.bytes(pair[1]) else { return nil }
            extended.append(Extended(name: String(decoding: name, as: UTF8.self), value: value))
        }
        self.init(mode: mode, user: user, group: group, extended: extended)
    }

    private static func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for at in stride(from: 0, to: digits.count, by: 2) {
            guard let byte = UInt8(String(decoding: digits[at..<at + 2], as: UTF8.self), radix: 16) else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
