/// Finds names that look like a misspelt one.
public enum Spelling {
    /// Up to three names that are equally near: the same letters in another case, the same last part (`Berlin`), or few typing errors for the
    /// length of the name. None where nothing is near.
    public static func nearest(to name: String, among names: [String]) -> [String] {
        let wanted = Array(name.lowercased().replacingBlanks.utf8.prefix(64))
        let wantedEnd = wanted.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? wanted
        var best = wanted.count < 3 ? 0 : min(3, wanted.count / 3)
        var found: [String] = []
        for candidate in names {
            let folded = Array(candidate.lowercased().utf8)
            let end = folded.split(separator: UInt8(ascii: "/")).last.map(Array.init) ?? folded
            var score = min(distance(wanted, folded), end.count < folded.count ? distance(wanted, end) + 1 : Int.max)
            if end == wantedEnd, score > 1 { score = 1 }
            if score > best { continue }
            if score < best { found = [] }
            best = score
            found.append(candidate)
        }
        return Array(found.sorted().prefix(3))
    }

    /// Typing errors between two texts: letters added, lost, replaced or swapped.
    private static func distance(_ a: [UInt8], _ b: [UInt8]) -> Int {
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
