/// One of the five fields as python-crontab 3.4 prints it.
///
/// The job ids of the legacy service are hashes of that print, so its oddities are kept to the letter, here and nowhere else: a list is sorted by
/// CPython's `list.sort` with a comparison that contradicts itself (a range is "less" than a number if it starts below it, a number is less than a
/// range if the range *ends* above it), `5-7` in the weekday becomes `0,5-6`, `1-7` becomes `*`. Nothing here says when a job runs. A field
/// that python-crontab cannot read stays as it is written. `docs/legacy-data.md` has the rules and the vectors.
struct LegacyField {
    struct Kind: Sendable {
        var least: Int
        var most: Int
        /// Three letters each; the first stands for `first`.
        var names: StaticString
        var first: Int

        static func at(_ index: Int) -> Kind {
            switch index {
            case 0: Kind(least: 0, most: 59, names: "", first: 0)
            case 1: Kind(least: 0, most: 23, names: "", first: 0)
            case 2: Kind(least: 1, most: 31, names: "", first: 0)
            case 3: Kind(least: 1, most: 12, names: "janfebmaraprmayjunjulaugsepoctnovdec", first: 1)
            default: Kind(least: 0, most: 6, names: "sunmontuewedthufrisat", first: 0)
            }
        }
    }

    /// A number, or a name with its text.
    struct Value {
        var number: Int
        var name: Range<Int>?
    }

    enum Part {
        case value(Value)
        case range(from: Value, to: Value, step: Int, random: Bool)
    }

    private struct Unreadable: Error {}

    let bytes: UnsafeBufferPointer<UInt8>
    let kind: Kind

    /// Appends the print of the field `bytes[field]`.
    static func append(_ bytes: UnsafeBufferPointer<UInt8>, _ field: Range<Int>, _ index: Int, to out: inout [UInt8]) {
        if field.count == 1, bytes[field.lowerBound] == UInt8(ascii: "*") {
            out.append(UInt8(ascii: "*"))
            return
        }
        if field.count <= 2, bytes[field.lowerBound].isDigit, bytes[field.upperBound - 1].isDigit, index < 4 {
            // The usual case. What is out of range never gets here: the schedule was compiled before.
            let leadingZero = field.count == 2 && bytes[field.lowerBound] == UInt8(ascii: "0")
            out.append(contentsOf: bytes[leadingZero ? field.upperBound - 1..<field.upperBound : field])
            return
        }
        let before = out.count
        do {
            try LegacyField(bytes: bytes, kind: .at(index)).append(field, to: &out)
        } catch {
            out.removeSubrange(before...)
            out.append(contentsOf: bytes[field])
        }
    }

    private func append(_ field: Range<Int>, to out: inout [UInt8]) throws(Unreadable) {
        guard bytes.firstIndex(of: UInt8(ascii: ","), in: field) != nil else {
            let (first, second) = try read(field)
            if let second {
                // What Sunday leaves behind and its range, in the order in which the sort puts them.
                let swapped = try Self.less(second, first)
                try append(swapped ? second : first, to: &out)
                out.append(UInt8(ascii: ","))
                try append(swapped ? first : second, to: &out)
            } else {
                try append(first, to: &out)
            }
            return
        }
        var parts: [Part] = []
        var at = field.lowerBound
        while at <= field.upperBound {
            let end = bytes.firstIndex(of: UInt8(ascii: ","), in: at..<field.upperBound) ?? field.upperBound
            let (first, second) = try read(at..<end)
            parts.append(first)
            if let second { parts.append(second) }
            at = end + 1
        }
        try Self.sort(&parts)
        for (place, part) in parts.enumerated() {
            if place > 0 { out.append(UInt8(ascii: ",")) }
            try append(part, to: &out)
        }
    }

    // MARK: Reading

    private func count(_ byte: UInt8, _ range: Range<Int>) -> Int {
        var count = 0
        for at in range where bytes[at] == byte { count += 1 }
        return count
    }

    private func read(_ part: Range<Int>) throws(Unreadable) -> (Part, Part?) {
        let slash = bytes.firstIndex(of: UInt8(ascii: "/"), in: part)
        let dash = bytes.firstIndex(of: UInt8(ascii: "-"), in: part)
        let tilde = bytes.firstIndex(of: UInt8(ascii: "~"), in: part)
        let isStar = part.count == 1 && bytes[part.lowerBound] == UInt8(ascii: "*")
        guard slash ?? 0 > part.lowerBound || dash ?? 0 > part.lowerBound || tilde != nil || isStar else {
            var value = try readValue(part)
            if kind.most == 6, value.number == 7 { value = Value(number: 0) }
            return (.value(try checked(value)), nil)
        }
        guard let slash else { return try readRange(part, step: 1) }
        guard count(UInt8(ascii: "/"), part) == 1 else { throw Unreadable() }
        let step = try readValue(slash + 1..<part.upperBound)
        if kind.most == 6, step.number == 7 {
            return (.range(from: Value(number: 0), to: Value(number: 0), step: 1, random: false), nil)
        }
        guard try checked(step).number >= 1 else { throw Unreadable() }
        return try readRange(part.lowerBound..<slash, step: step.number)
    }

    private func readRange(_ text: Range<Int>, step: Int) throws(Unreadable) -> (Part, Part?) {
        let dashes = count(UInt8(ascii: "-"), text)
        let tildes = count(UInt8(ascii: "~"), text)
        let isRandom = tildes == 1 && dashes == 0 && text.count > 1
        guard isRandom || dashes == 1 else {
            let first = text.isEmpty ? UInt8(ascii: "*") : bytes[text.lowerBound]
            guard text.count <= 1, first == UInt8(ascii: "*") || first == UInt8(ascii: "~") else { throw Unreadable() }
            let all = Part.range(
                from: Value(number: kind.least), to: Value(number: kind.most), step: step, random: first == UInt8(ascii: "~"))
            return (all, nil)
        }
        let middle = bytes.firstIndex(of: isRandom ? UInt8(ascii: "~") : UInt8(ascii: "-"), in: text) ?? text.upperBound
        var from = try readValue(text.lowerBound..<middle)
        if kind.most == 6, from.number == 7 { from = Value(number: 0) }
        from = try checked(from)
        var to = try readValue(middle + 1..<text.upperBound)
        var dangling: Part?
        if kind.most == 6, to.number == 7 {
            if from.name == nil, from.number == 1 {
                from.number = 0
            } else {
                dangling = .value(Value(number: 0))
            }
            to = Value(number: 6)
        }
        to = try checked(to)
        if try Self.less(.value(to), .value(from)) { throw Unreadable() }
        let range = Part.range(from: from, to: to, step: step, random: isRandom)
        if let dangling { return (dangling, range) }
        return (range, nil)
    }

    private func checked(_ value: Value) throws(Unreadable) -> Value {
        guard value.number >= kind.least, value.number <= kind.most else { throw Unreadable() }
        return value
    }

    private func readValue(_ text: Range<Int>) throws(Unreadable) -> Value {
        guard !text.isEmpty else { throw Unreadable() }
        var number = 0
        for at in text {
            guard bytes[at].isDigit else { return try readName(text) }
            number = min(number * 10 + Int(bytes[at] - 0x30), 1_000_000)
        }
        return Value(number: number)
    }

    private func readName(_ text: Range<Int>) throws(Unreadable) -> Value {
        guard text.count == 3, kind.names.utf8CodeUnitCount > 0 else { throw Unreadable() }
        let start = text.lowerBound
        let found = kind.names.withUTF8Buffer { names in
            stride(from: 0, to: names.count, by: 3).first { place in
                (0..<3).allSatisfy { bytes[start + $0].isLetter && bytes[start + $0] | 0x20 == names[place + $0] }
            }
        }
        guard let found else { throw Unreadable() }
        return Value(number: found / 3 + kind.first, name: text)
    }

    // MARK: Printing

    private func append(_ part: Part, to out: inout [UInt8]) throws(Unreadable) {
        switch part {
        case .value(let value): append(value, to: &out)
        case .range(let from, let to, let step, let random):
            if from.number > kind.least || to.number < kind.most {
                append(from, to: &out)
                if from.name != nil || to.name != nil || from.number != to.number {
                    out.append(random ? UInt8(ascii: "~") : UInt8(ascii: "-"))
                    append(to, to: &out)
                }
            } else {
                out.append(random ? UInt8(ascii: "~") : UInt8(ascii: "*"))
            }
            if step != 1 {
                out.append(UInt8(ascii: "/"))
                append(Value(number: step), to: &out)
            }
        }
    }

    private func append(_ value: Value, to out: inout [UInt8]) {
        if let name = value.name {
            out.append(contentsOf: bytes[name])
        } else {
            if value.number >= 10 { out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value.number / 10)) }
            out.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value.number % 10))
        }
    }

    // MARK: Python's order

    /// Python's `a < b`; a number against a name is a TypeError there.
    private static func less(_ a: Part, _ b: Part) throws(Unreadable) -> Bool {
        let right: Value
        switch b {
        case .value(let value): right = value
        case .range(let from, let to, _, _):
            if case .value(let left) = a, left.name == nil { return to.number > left.number }
            right = from
        }
        switch a {
        case .range(let from, _, _, _): return from.number < right.number
        case .value(let left):
            guard left.name != nil || right.name == nil else { throw Unreadable() }
            return left.number < right.number
        }
    }

    /// CPython 3.11's `list.sort` below 64 elements: the first run, turned round if it falls, then binary insertion. Longer lists of plain numbers
    /// come out the same; longer lists that mix ranges and numbers may not.
    private static func sort(_ parts: inout [Part]) throws(Unreadable) {
        guard parts.count > 1 else { return }
        var run = 2
        let falls = try less(parts[1], parts[0])
        while run < parts.count, try less(parts[run], parts[run - 1]) == falls { run += 1 }
        if falls { parts[..<run].reverse() }
        for start in run..<parts.count {
            let pivot = parts[start]
            var low = 0
            var high = start
            while low < high {
                let middle = low + (high - low) / 2
                if try less(pivot, parts[middle]) { high = middle } else { low = middle + 1 }
            }
            parts.remove(at: start)
            parts.insert(pivot, at: low)
        }
    }
}
