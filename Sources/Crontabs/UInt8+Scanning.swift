/// The few questions the parser asks of bytes. Blanks are the space and the tab, as in Vixie cron; nothing else separates anything.
extension UInt8 {
    @inline(__always) var isBlank: Bool { self == 0x20 || self == 0x09 }
    @inline(__always) var isQuote: Bool { self == 0x22 || self == 0x27 }
    @inline(__always) var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    @inline(__always) var isLetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7A }
}

extension UnsafeBufferPointer<UInt8> {
    @inline(__always) func skipBlanks(_ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, self[at].isBlank { at += 1 }
        return at
    }

    @inline(__always) func skipWord(_ start: Int, _ end: Int) -> Int {
        var at = start
        while at < end, !self[at].isBlank { at += 1 }
        return at
    }

    /// The end without the blanks before it.
    @inline(__always) func trimBlanks(_ start: Int, _ end: Int) -> Int {
        var at = end
        while at > start, self[at - 1].isBlank { at -= 1 }
        return at
    }

    @inline(__always) func firstIndex(of byte: UInt8, in range: Range<Int>) -> Int? {
        var at = range.lowerBound
        while at < range.upperBound {
            if self[at] == byte { return at }
            at += 1
        }
        return nil
    }

    /// The words of a range that begins with one.
    func words(in range: Range<Int>, most: Int) -> [Range<Int>] {
        var words: [Range<Int>] = []
        var at = range.lowerBound
        while at < range.upperBound, words.count < most {
            let word = at..<skipWord(at, range.upperBound)
            words.append(word)
            at = skipBlanks(word.upperBound, range.upperBound)
        }
        return words
    }

    func text(_ range: Range<Int>) -> String { String(decoding: self[range], as: UTF8.self) }

    func hasPrefix(_ prefix: StaticString, at start: Int, _ end: Int) -> Bool {
        guard end - start >= prefix.utf8CodeUnitCount else { return false }
        return prefix.withUTF8Buffer { wanted in
            for (offset, byte) in wanted.enumerated() where self[start + offset] != byte { return false }
            return true
        }
    }

    func equal(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
        guard a.count == b.count else { return false }
        var offset = 0
        while offset < a.count {
            if self[a.lowerBound + offset] != self[b.lowerBound + offset] { return false }
            offset += 1
        }
        return true
    }
}
