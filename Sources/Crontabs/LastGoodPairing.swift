/// Finds for bad lines of a new text the lines of an old one that they were made from.
///
/// The two texts are compared line by line: what is equal at both ends is set aside, the rest is aligned by a longest common
/// subsequence. Where lines were replaced, the k-th line that is no comment and not blank is taken for the successor of the k-th. Texts too
/// large for that are first cut at lines that occur once in both. The caller looks for a line's `name=` before it asks here.
public enum LastGoodPairing {
    /// Cells of the comparison table; beyond that the texts are cut first.
    private static let bound = 4_000_000

    /// From each bad line of `new` to its partner in `old`, both counted from 1; lines without a partner are left out.
    ///
    /// - Parameter countsAssignments: whether assignments have successors, too; else they are passed over as comments are.
    public static func pair(old: [String], new: [String], badNewLines: [Int], countsAssignments: Bool = false) -> [Int: Int] {
        var pairing = Pairing(old: old, new: new, bad: Set(badNewLines.map { $0 - 1 }), countsAssignments: countsAssignments)
        pairing.compare(0..<old.count, 0..<new.count, mayCut: true)
        return pairing.found
    }

    private struct Pairing {
        let old: [String]
        let new: [String]
        let bad: Set<Int>
        let countsAssignments: Bool
        var found: [Int: Int] = [:]

        mutating func match(_ o: Int, _ n: Int) {
            if bad.contains(n) { found[n + 1] = o + 1 }
        }

        mutating func compare(_ olds: Range<Int>, _ news: Range<Int>, mayCut: Bool) {
            var (oldStart, newStart) = (olds.lowerBound, news.lowerBound)
            var (oldEnd, newEnd) = (olds.upperBound, news.upperBound)
            while oldStart < oldEnd, newStart < newEnd, old[oldStart] == new[newStart] {
                match(oldStart, newStart)
                (oldStart, newStart) = (oldStart + 1, newStart + 1)
            }
            while oldStart < oldEnd, newStart < newEnd, old[oldEnd - 1] == new[newEnd - 1] {
                (oldEnd, newEnd) = (oldEnd - 1, newEnd - 1)
                match(oldEnd, newEnd)
            }
            let (o, n) = (oldStart..<oldEnd, newStart..<newEnd)
            guard !o.isEmpty, !n.isEmpty else { return }
            if o.count <= LastGoodPairing.bound / n.count {
                align(o, n)
            } else if mayCut {
                cut(o, n)
            } else {
                replace(o, n)
            }
        }

        /// The k-th with the k-th.
        mutating func replace(_ olds: Range<Int>, _ news: Range<Int>) {
            guard !olds.isEmpty, news.contains(where: bad.contains) else { return }
            let from = olds.filter { isEntryLike(old[$0]) }
            let to = news.filter { bad.contains($0) || isEntryLike(new[$0]) }
            for (o, n) in zip(from, to) { match(o, n) }
        }

        func isEntryLike(_ line: String) -> Bool {
            var text = line
            return text.withUTF8 { bytes in
                let start = bytes.skipBlanks(0, bytes.count)
                guard start < bytes.count, bytes[start] != UInt8(ascii: "#") else { return false }
                if !countsAssignments, case .assignment = AssignmentSlices.read(bytes, start..<bytes.count) { return false }
                return true
            }
        }

        mutating func align(_ olds: Range<Int>, _ news: Range<Int>) {
            let width = news.count + 1
            var lengths = [Int32](repeating: 0, count: (olds.count + 1) * width)
            for i in stride(from: olds.count - 1, through: 0, by: -1) {
                for j in stride(from: news.count - 1, through: 0, by: -1) {
                    let same = old[olds.lowerBound + i] == new[news.lowerBound + j]
                    lengths[i * width + j] =
                        same ? lengths[(i + 1) * width + j + 1] + 1 : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
                }
            }
            var (i, j) = (0, 0)
            var (hunkOld, hunkNew) = (0, 0)
            while i < olds.count, j < news.count {
                let (o, n) = (olds.lowerBound + i, news.lowerBound + j)
                if old[o] == new[n] {
                    replace(olds.lowerBound + hunkOld..<o, news.lowerBound + hunkNew..<n)
                    match(o, n)
                    (i, j) = (i + 1, j + 1)
                    (hunkOld, hunkNew) = (i, j)
                } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
                    i += 1
                } else {
                    j += 1
                }
            }
            replace(olds.lowerBound + hunkOld..<olds.upperBound, news.lowerBound + hunkNew..<news.upperBound)
        }

        /// Cuts both texts at the lines that occur once in each, in an order common to both.
        mutating func cut(_ olds: Range<Int>, _ news: Range<Int>) {
            var places: [String: (old: Int, new: Int, oldCount: Int, newCount: Int)] = [:]
            for o in olds {
                places[old[o], default: (o, 0, 0, 0)].oldCount += 1
            }
            for n in news {
                guard places[new[n]] != nil else { continue }
                places[new[n]]?.new = n
                places[new[n]]?.newCount += 1
            }
            let unique = places.values.filter { $0.oldCount == 1 && $0.newCount == 1 }.sorted { $0.new < $1.new }
            var (oldStart, newStart) = (olds.lowerBound, news.lowerBound)
            for anchor in Self.rising(unique.map { ($0.old, $0.new) }) {
                compare(oldStart..<anchor.0, newStart..<anchor.1, mayCut: false)
                match(anchor.0, anchor.1)
                (oldStart, newStart) = (anchor.0 + 1, anchor.1 + 1)
            }
            compare(oldStart..<olds.upperBound, newStart..<news.upperBound, mayCut: false)
        }

        /// The longest subsequence whose first numbers rise.
        static func rising(_ pairs: [(Int, Int)]) -> [(Int, Int)] {
            var tails: [Int] = []
            var before = [Int?](repeating: nil, count: pairs.count)
            for index in pairs.indices {
                var (low, high) = (0, tails.count)
                while low < high {
                    let middle = (low + high) / 2
                    if pairs[tails[middle]].0 < pairs[index].0 { low = middle + 1 } else { high = middle }
                }
                before[index] = low > 0 ? tails[low - 1] : nil
                if low == tails.count { tails.append(index) } else { tails[low] = index }
            }
            var chain: [(Int, Int)] = []
            var at = tails.last
            while let index = at {
                chain.append(pairs[index])
                at = before[index]
            }
            return chain.reversed()
        }
    }
}
