/// What is wrong with the table's files as of the last look: why not all that they hold is in use.
public struct TableFaults: Hashable, Sendable {
    public struct Refusal: Hashable, Sendable {
        /// Of the content that is refused whole.
        var hash: String
        public var reason: String
    }

    /// Files that exist and cannot be used.
    public var problems: [TableSnapshot.Problem] = []
    /// Named files that do not exist; what they last held is in use.
    public var gone: [String] = []
    /// Named files that do not exist, where no other could be read either.
    public var absent: [String] = []
    public var refused: Refusal?
    /// Why the store does not take the new content.
    public var unstored: String?
    /// Lines of the content in use that do not run as they stand.
    public var badLines = 0

    /// For the status, a line each.
    var reasons: [String] {
        var reasons = problems.map { "table: \($0.path) \($0.message)" }
        if !gone.isEmpty { reasons.append("table: \(gone.joined(separator: " ")) is gone; what it last held is used") }
        if let refused { reasons.append("table: not used: \(refused.reason)") }
        if let unstored { reasons.append("table: it changed, but its revision cannot be stored; the old one is used: \(unstored)") }
        return reasons
    }

    /// Why a reload could not do what it was asked for, with the code that the verb leaves with.
    ///
    /// - Parameters:
    ///   - named: the table's named files; drop-in files that cannot be used do not keep a reload from the others.
    ///   - hasOther: an earlier table is in use.
    func failure(of named: [String], hasOther: Bool = true) -> (code: Int32, text: String)? {
        let instead = hasOther ? "the last good table stays" : "no table is in use"
        if !gone.isEmpty { return (66, "\(gone.joined(separator: " ")) is gone; \(instead)") }
        let unreadable = problems.filter { named.contains($0.path) }.map { "\($0.path) \($0.message)" }
        if !unreadable.isEmpty { return (66, "\(unreadable.joined(separator: "; ")); \(instead)") }
        if !absent.isEmpty { return (66, "there is no \(absent.joined(separator: " ")); \(instead)") }
        if let refused { return (65, "the table is not used; \(instead): \(refused.reason)") }
        if let unstored { return (69, "the table's revision cannot be stored; the old table stays until it can: \(unstored)") }
        return nil
    }
}
