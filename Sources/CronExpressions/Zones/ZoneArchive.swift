internal import CZones

/// Zone files packed into one piece of memory, as `Scripts/make-zones` writes it.
///
/// It begins with a line `zones 1 VERSION SIZE`; then come lines `NAME OFFSET LENGTH`, which end at SIZE, and then the files' bytes, to which
/// the offsets lead. Only the index is kept: the bytes of a zone are fetched when it is asked for. Damaged bytes make fewer zones, never a trap.
struct ZoneArchive: Sendable {
    /// The version of the time zone database that it was made from; empty if there is no archive in the bytes.
    let version: String
    /// How many bytes it takes.
    let size: Int
    private let places: [String: Range<Int>]
    private let fetch: @Sendable (Range<Int>) -> [UInt8]

    /// The copy inside the program. Nothing of it is touched before the first zone that the system does not have.
    static let builtIn = ZoneArchive(size: zones_size()) { range in
        guard let bytes = zones_bytes() else { return [] }
        return Array(UnsafeBufferPointer(start: bytes + range.lowerBound, count: range.count))
    }

    /// - Parameter fetch: answers bytes; asked only for ranges within `size`.
    init(size: Int, fetch: @escaping @Sendable (Range<Int>) -> [UInt8]) {
        self.size = size
        self.fetch = fetch
        let head = Self.words(fetch(0..<min(size, 64)).prefix { $0 != 0x0A })
        guard head.count == 4, head[0] == "zones", head[1] == "1", let end = Int(head[3]), end > 0, end <= size else {
            (version, places) = ("", [:])
            return
        }
        version = head[2]
        var places: [String: Range<Int>] = [:]
        for line in fetch(0..<end).split(separator: 0x0A).dropFirst() {
            let words = Self.words(line)
            guard words.count == 3, let offset = Int(words[1]), let length = Int(words[2]), offset >= 0, length > 0,
                offset <= size - end, length <= size - end - offset
            else { continue }
            places[words[0]] = (end + offset)..<(end + offset + length)
        }
        self.places = places
    }

    init(_ bytes: [UInt8]) {
        self.init(size: bytes.count) { Array(bytes[$0]) }
    }

    var names: [String] { Array(places.keys) }

    /// The bytes of a zone's file; nil if it is not in the archive.
    func bytes(of name: String) -> [UInt8]? { places[name].map(fetch) }

    private static func words(_ line: ArraySlice<UInt8>) -> [String] {
        line.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
    }
}
