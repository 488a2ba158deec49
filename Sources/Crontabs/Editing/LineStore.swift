internal import Synchronization

// The lines of a table that is edited: a pile of bytes, and a record for each line in the table's order.
//
// A changed or a new text goes onto the pile, behind all others; no byte of another line moves. What is printed are stretches of the pile,
// and as long as little was changed they are few and long. A record is 24 bytes of plain numbers, so a table of 100,000 lines is copied, when
// two values part, by two calls of memcpy. Once half of the pile is rubbish it is built anew.

/// Lines, their bytes and their order. It knows nothing of what a line means.
struct LineStore: Sendable {
    struct Record: Sendable {
        var id: UInt64
        fileprivate(set) var start: UInt32 = 0
        fileprivate(set) var end: UInt32 = 0
        /// How many bytes end it: 0 to 2.
        fileprivate(set) var ending: UInt8 = 0
        var form = LineForm(kind: .blank)

        /// Without its end.
        var text: Range<Int> { Int(start)..<Int(end) - Int(ending) }
        fileprivate var whole: Range<Int> { Int(start)..<Int(end) }
    }

    /// How many lines there are of some kinds, so that no edit has to count.
    struct Tally: Sendable {
        /// Entries good or bad, but for disabled ones.
        fileprivate(set) var entries = 0
        /// Directive lines of an entry with `dialect=` among their keys.
        fileprivate(set) var oddDialects = 0

        fileprivate mutating func add(_ form: LineForm, _ sign: Int = 1) {
            if form.kind == .entry || form.kind == .bad { entries += sign }
            if form.setsDialect { oddDialects += sign }
        }
    }

    /// A line that is put in, or in the place of another.
    struct NewLine {
        var text: [UInt8]
        var form: LineForm
    }

    private(set) var bytes: [UInt8]
    private(set) var records: [Record]
    /// The byte order mark, if there is one.
    private let mark: Int
    /// The id of the first line that was read; those of the others follow.
    private let base: UInt64
    private let readCount: Int
    private(set) var tally = Tally()
    /// How many bytes are printed.
    private(set) var size: Int
    /// Nothing was changed since it was read.
    private var isAsRead = true

    private static let ids = Atomic<UInt64>(1)

    private static func newIDs(_ count: Int) -> UInt64 { ids.wrappingAdd(UInt64(count), ordering: .relaxed).oldValue }

    /// - Parameter form: told each line in order.
    init(_ content: [UInt8], form: (UnsafeBufferPointer<UInt8>, Line) -> LineForm) {
        bytes = content
        size = content.count
        var found: [Record] = [], start = 0
        content.withUnsafeBufferPointer { buffer in
            start = LineWalk.start(of: buffer)
            found.reserveCapacity(content.count / 40 + 8)
            var walk = LineWalk(buffer)
            while let line = walk.next() {
                let end = walk.position
                var record = Record(id: 0)
                record.start = UInt32(clamping: line.range.lowerBound)
                record.end = UInt32(clamping: end)
                record.ending = UInt8(clamping: end - line.range.upperBound)
                record.form = form(buffer, line)
                found.append(record)
            }
        }
        mark = start
        readCount = found.count
        base = Self.newIDs(found.count)
        for index in found.indices { found[index].id = base + UInt64(index) }
        records = found
        for record in found { tally.add(record.form) }
    }

    var count: Int { records.count }

    func kind(_ index: Int) -> CrontabLine.Kind { records[index].form.kind }

    func text(_ index: Int) -> ArraySlice<UInt8> { bytes[records[index].text] }

    func line(_ index: Int) -> CrontabLine {
        CrontabLine(
            id: LineID(number: records[index].id), number: index + 1, kind: kind(index), text: String(decoding: text(index), as: UTF8.self))
    }

    /// Where a line stands now. Lines that were read are near where they were: the search goes outward from there.
    func index(of id: LineID) -> Int? {
        let offset = id.number >= base ? Int(clamping: id.number - base) : Int.max
        guard offset < readCount, !records.isEmpty else { return records.firstIndex { $0.id == id.number } }
        var low = min(offset, records.count - 1), high = low + 1
        while low >= 0 || high < records.count {
            if low >= 0, records[low].id == id.number { return low }
            if high < records.count, records[high].id == id.number { return high }
            low -= 1
            high += 1
        }
        return nil
    }

    /// The table's bytes.
    var printed: [UInt8] {
        if isAsRead { return bytes }
        var printed: [UInt8] = []
        printed.reserveCapacity(size)
        bytes.withUnsafeBufferPointer { buffer in
            printed.append(contentsOf: buffer[..<mark])
            var run = 0..<0
            for record in records {
                let next = record.whole
                if next.lowerBound == run.upperBound {
                    run = run.lowerBound..<next.upperBound
                } else {
                    printed.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[run]))
                    run = next
                }
            }
            printed.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[run]))
        }
        return printed
    }

    // MARK: Changes

    mutating func replace(_ index: Int, with line: NewLine) {
        tidyIfWorthIt()
        let ending = Array(bytes[records[index].text.upperBound..<Int(records[index].end)])
        put(line.text, ending, at: index)
        tally.add(records[index].form, -1)
        tally.add(line.form)
        records[index].form = line.form
    }

    /// - Parameter indices: in ascending order.
    mutating func remove(_ indices: [Int]) {
        guard let first = indices.first else { return }
        isAsRead = false
        for index in indices {
            size -= records[index].whole.count
            tally.add(records[index].form, -1)
        }
        if indices.count == 1 {
            records.remove(at: first)
            return
        }
        var gone = indices[...], kept = first
        for index in first..<records.count {
            if gone.first == index {
                gone.removeFirst()
            } else {
                records[kept] = records[index]
                kept += 1
            }
        }
        records.removeSubrange(kept...)
    }

    /// Puts lines before the one at an index; they get the line ends of their neighbours.
    ///
    /// - Returns: their ids.
    @discardableResult
    mutating func insert(_ lines: [NewLine], at index: Int) -> [LineID] {
        tidyIfWorthIt()
        let first = Self.newIDs(lines.count)
        endLine(before: index)
        let ending = ending(near: index)
        var new: [Record] = []
        for (offset, line) in lines.enumerated() {
            var record = Record(id: first + UInt64(offset))
            record.form = line.form
            tally.add(line.form)
            add(line.text, ending, to: &record)
            new.append(record)
        }
        records.insert(contentsOf: new, at: index)
        return new.map { LineID(number: $0.id) }
    }

    /// Puts lines that stand elsewhere, in ascending order, before the one at an index that is none of them.
    mutating func move(_ indices: [Int], to index: Int) {
        isAsRead = false
        if index == records.count { endLine(before: index) }
        let moved = indices.map { records[$0] }
        let target = index - indices.count { $0 < index }
        let (size, tally) = (size, tally)
        remove(indices)
        (self.size, self.tally) = (size, tally)
        records.insert(contentsOf: moved, at: target)
        // The last line of a file may lack its end, and no other.
        for at in target..<target + moved.count where at < records.count - 1 { endLine(before: at + 1) }
    }

    private func ending(near index: Int) -> [UInt8] {
        for near in [index - 1, index] where records.indices.contains(near) {
            let record = records[near]
            if record.ending > 0 {
                let end = Array(bytes[record.text.upperBound..<Int(record.end)])
                if end.last == 0x0A { return end }
            }
        }
        return [0x0A]
    }

    /// Gives the line before an index an end, if it has none.
    private mutating func endLine(before index: Int) {
        guard index > 0 else { return }
        let record = records[index - 1]
        guard record.ending == 0 || bytes[Int(record.end) - 1] != 0x0A else { return }
        put(Array(bytes[record.text]), ending(near: index - 1), at: index - 1)
    }

    private mutating func put(_ text: [UInt8], _ ending: [UInt8], at index: Int) {
        var record = records[index]
        size -= record.whole.count
        add(text, ending, to: &record)
        records[index] = record
    }

    private mutating func add(_ text: [UInt8], _ ending: [UInt8], to record: inout Record) {
        isAsRead = false
        record.start = UInt32(clamping: bytes.count)
        bytes.append(contentsOf: text)
        bytes.append(contentsOf: ending)
        record.end = UInt32(clamping: bytes.count)
        record.ending = UInt8(clamping: ending.count)
        size += text.count + ending.count
    }

    /// Throws away what no line is made of any more, once that is most of the pile.
    private mutating func tidyIfWorthIt() {
        guard bytes.count > 2 * size + 1 << 20 else { return }
        var fresh = Array(bytes[..<mark])
        fresh.reserveCapacity(size + 1 << 20)
        for index in records.indices {
            let start = fresh.count
            fresh.append(contentsOf: bytes[records[index].whole])
            records[index].start = UInt32(clamping: start)
            records[index].end = UInt32(clamping: fresh.count)
        }
        bytes = fresh
    }
}
