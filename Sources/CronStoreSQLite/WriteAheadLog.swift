// SQLite's log holds pages that are newer than the file's. Whoever looks into the file by itself must look there, too: a store that was killed
// young has nearly all in it. Format: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
//
//      header 32: magic, format, page size, sequence, salt, salt, checksum, checksum
//      frame  24: page, size of the database after a commit or 0, salt, salt, checksum, checksum; then the page
//
// A frame counts if its salts are the header's and its checksum goes on from the frame before; those behind the last commit do not.

/// The committed pages of a write-ahead log.
struct WriteAheadLog {
    private static let headerSize = 32, frameHeaderSize = 24

    private let file: PlainFile
    let pageSize: Int
    /// How many pages the database has after the last commit.
    private(set) var pages = 0
    private var frames = 0
    /// Where the newest committed version of each page is, by frame.
    private var newest: [Int: Int] = [:]

    /// `nil` where there is no commit in it.
    init?(_ file: PlainFile) {
        let header = file.bytes(at: 0, count: Self.headerSize)
        guard header.count == Self.headerSize, header.number(0) & ~1 == 0x377f_0682, header.number(4) == 3_007_000 else { return nil }
        self.file = file
        pageSize = Int(header.number(8))
        guard (512...65536).contains(pageSize), pageSize & (pageSize - 1) == 0 else { return nil }
        var sum = Sum(isBigEndian: header.number(0) & 1 == 1)
        sum.add(header[..<24])
        guard sum.is(header[24...]) else { return nil }
        var count = 0, uncommitted: [Int: Int] = [:]
        while let frame = frame(count), frame[8..<16].elementsEqual(header[16..<24]) {
            sum.add(frame[..<8])
            sum.add(frame[Self.frameHeaderSize...])
            guard sum.is(frame[16..<24]) else { break }
            uncommitted[Int(frame.number(0))] = count
            count += 1
            guard frame.number(4) != 0 else { continue }
            (frames, pages) = (count, Int(frame.number(4)))
            newest.merge(uncommitted) { $1 }
            uncommitted = [:]
        }
        guard frames > 0 else { return nil }
    }

    /// Hands out the committed pages, numbered from 1, the older first.
    func each(_ body: (_ page: Int, _ bytes: ArraySlice<UInt8>) -> Void) {
        for index in 0..<frames {
            if let frame = frame(index) { body(Int(frame.number(0)), frame[Self.frameHeaderSize...]) }
        }
    }

    /// Reads from a page's newest version, which begins at `offset` of it; `nil` where the log has none, else how many bytes those are.
    func read(_ bytes: UnsafeMutableRawBufferPointer, page: Int, from offset: Int) -> Int? {
        newest[page].map { file.read(bytes, at: Self.headerSize + $0 * (Self.frameHeaderSize + pageSize) + Self.frameHeaderSize + offset) }
    }

    private func frame(_ index: Int) -> ArraySlice<UInt8>? {
        let size = Self.frameHeaderSize + pageSize
        let bytes = file.bytes(at: Self.headerSize + index * size, count: size)
        return bytes.count == size ? bytes[...] : nil
    }

    private struct Sum {
        let isBigEndian: Bool
        private var first: UInt32 = 0, second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        mutating func add(_ bytes: ArraySlice<UInt8>) {
            bytes.withUnsafeBytes { bytes in
                for offset in stride(from: 0, to: bytes.count & ~7, by: 8) {
                    first &+= word(bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) &+ second
                    second &+= word(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)) &+ first
                }
            }
        }

        private func word(_ raw: UInt32) -> UInt32 { isBigEndian ? UInt32(bigEndian: raw) : UInt32(littleEndian: raw) }

        func `is`(_ stored: ArraySlice<UInt8>) -> Bool { Array(stored).number(0) == first && Array(stored).number(4) == second }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// The big-endian number at an offset from the start, of which four bytes exist.
    func number(_ offset: Int) -> UInt32 {
        self[(startIndex + offset)..<(startIndex + offset + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
