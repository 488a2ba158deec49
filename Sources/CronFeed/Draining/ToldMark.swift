/// Facts that are told though one before them is not: all up to a number, but some. As text `NUMBER:OPEN,OPEN…`.
struct ToldMark: Hashable, Sendable {
    /// Under which it is noted; no job is called so.
    static let note = " told"

    /// The last that is told.
    var end: Int64
    /// Before it, those that are not.
    var open: Set<Int64>

    init(end: Int64, open: Set<Int64>) { (self.end, self.open) = (end, open) }

    /// `nil` for what is none: then all is told again.
    init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let end = Int64(parts[0]) else { return nil }
        let words = parts[1].split(separator: ",")
        let open = words.compactMap { Int64($0) }
        guard open.count == words.count else { return nil }
        self.init(end: end, open: Set(open))
    }

    var text: String { "\(end):" + open.sorted().map { "\($0)" }.joined(separator: ",") }

    func contains(_ number: Int64) -> Bool { number <= end && !open.contains(number) }

    /// What either has.
    func joined(with other: ToldMark) -> ToldMark {
        ToldMark(end: max(end, other.end), open: open.union(other.open).filter { !contains($0) && !other.contains($0) })
    }
}
