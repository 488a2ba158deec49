internal import CronJobs

/// Two revisions compared, as `diff -u` shows it but with whole hunks only: removed and added lines of each file.
struct TableDiff {
    private(set) var lines: [String] = []

    init(old: [TableFile], new: [TableFile], names: [String]) {
        let before = Self.texts(old), after = Self.texts(new)
        for path in Set(before.keys).union(after.keys).sorted() {
            let (a, b) = (before[path], after[path])
            guard a != b else { continue }
            lines += ["--- \(a == nil ? "/dev/null" : path)\t\(names[0])", "+++ \(b == nil ? "/dev/null" : path)\t\(names[1])"]
            lines += Self.changes(from: a ?? [], to: b ?? [])
        }
    }

    private static func texts(_ files: [TableFile]) -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for file in files {
            let lines = file.content.split(separator: 10, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
            texts[file.path] = lines.last == "" ? lines.dropLast() : lines
        }
        return texts
    }

    private static func changes(from old: [String], to new: [String]) -> [String] {
        var lines: [String] = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, let line, _): lines.append("-\(offset + 1): \(line)")
            case .insert(let offset, let line, _): lines.append("+\(offset + 1): \(line)")
            }
        }
        return lines
    }
}
