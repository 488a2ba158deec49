/// What is wrong with the table's files as of the last look: why not all that they hold is in use.
public struct TableFaults: Hashable, Sendable {
    /// A file whose content is refused.
    public struct Refusal: Hashable, Sendable {
        public var path: String
        public var reason: String
    }

    /// Files that exist and cannot be used.
    public var problems: [TableSnapshot.Problem] = []
    /// Named files that do not exist; what they last held is in use.
    public var gone: [String] = []
    /// Named files that do not exist, where no other could be read either.
    public var absent: [String] = []
    /// Files whose content is refused; their last good version is in use, if there is one.
    public var refused: [Refusal] = []
    /// Why the store does not take the new content.
    public var unstored: String?

    // MARK: What a look found

    // Each fault is said when it comes, and again when it comes back after a look without it.

    mutating func note(_ snapshot: TableSnapshot) -> [TableEvent] {
        let known = Set(problems)
        problems = snapshot.problems
        absent = snapshot.files.isEmpty ? snapshot.absent : []
        return problems.filter { !known.contains($0) }.map { .unusableFile(path: $0.path, reason: $0.message) }
    }

    mutating func note(gone paths: [String]) -> [TableEvent] {
        defer { gone = paths }
        return paths == gone || paths.isEmpty ? [] : [.deleted(paths: paths)]
    }

    mutating func note(unstored reason: String?) -> [TableEvent] {
        defer { unstored = reason }
        guard let reason, unstored == nil else { return [] }
        return [.unstored(reason: reason)]
    }

    mutating func note(refused new: [String: String], among: Set<String>) {
        refused.removeAll { among.contains($0.path) }
        refused += new.sorted { $0.key < $1.key }.map { Refusal(path: $0.key, reason: $0.value) }
    }

    /// What these files hold is not refused.
    mutating func accept(_ isMeant: (String) -> Bool) { refused.removeAll { isMeant($0.path) } }

    // MARK: For people

    /// For the status, a line each.
    public var reasons: [String] {
        var reasons = problems.map { "table: \($0.path) \($0.message)" }
        if !gone.isEmpty { reasons.append("table: \(gone.joined(separator: " ")) is gone; what it last held is used") }
        reasons += refused.map { "table: \($0.path) is not used: \($0.reason)" }
        if let unstored { reasons.append("table: it changed, but its revision cannot be stored; the old one is used: \(unstored)") }
        return reasons
    }

    /// Why a reload could not do what it was asked for, with the code that the verb leaves with.
    ///
    /// - Parameters:
    ///   - named: the table's named files; drop-in files that cannot be used do not keep a reload from the others.
    ///   - hasOther: an earlier table is in use.
    public func failure(of named: [String], hasOther: Bool = true) -> (code: Int32, text: String)? {
        let instead = hasOther ? "the last good table stays" : "no table is in use"
        if !gone.isEmpty { return (66, "\(gone.joined(separator: " ")) is gone; \(instead)") }
        let unusable = problems.filter { named.contains($0.path) }
        if !unusable.isEmpty {
            let text = unusable.map { "\($0.path) \($0.message)" }.joined(separator: "; ")
            return (unusable.contains { $0.kind == .refused } ? 65 : 66, "\(text); \(instead)")
        }
        if !absent.isEmpty { return (66, "there is no \(absent.joined(separator: " ")); \(instead)") }
        if let refusal = refused.first(where: { named.contains($0.path) }) {
            return (65, "the table is not used; \(instead): \(refusal.reason)")
        }
        if let unstored { return (69, "the table's revision cannot be stored; the old table stays until it can: \(unstored)") }
        return nil
    }

    /// Drop-in files that a reload passed over, with the reason.
    public var passedOver: [UnwrittenFile] {
        problems.map { UnwrittenFile(path: $0.path, reason: $0.message) } + refused.map { UnwrittenFile(path: $0.path, reason: $0.reason) }
    }
}
