/// Finds names that look like a misspelt one.
enum Spelling {
    /// Up to three names, nearest first: the same letters in another case, the same last part (`Berlin`), or few typing errors.
    static func nearest(to name: String, among names: [String]) -> [String] {
        let wanted = Array(name.lowercased().replacingBlanks.utf8.prefix(64))
        var scored: [(score: Int, name: String)] = []
        for candidate in names {
            let folded = Array(candidate.lowercased().utf8)
            let city = folded.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? folded
            var score = distance(wanted, folded)
            score = min(score, distance(wanted, city) + 1)
            if score <= max(1, min(3, wanted.count / 3)) { scored.append((score, candidate)) }
        }
        scored.sort { $0.score == $1.score ? $0.name < $1.name : $0.score < $1.score }
        return scored.prefix(3).map(\.name)
    }

    /// Typing errors between two texts: letters added, lost, replaced or swapped.
    static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        if abs(a.count - b.count) > 3 { return Int.max / 2 }
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for (j, y) in b.enumerated() {
                var best = min(row[j] + 1, last[j + 1] + 1, last[j] + (x == y ? 0 : 1))
                if i > 0, j > 0, x == b[j - 1], a[i - 1] == y { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}

extension String {
    fileprivate var replacingBlanks: String { String(map { $0 == " " ? "_" : $0 }) }
}
