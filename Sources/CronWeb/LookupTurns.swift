// Looking a name up may take half a minute where its name servers do not answer, and cannot be ended. So each has a thread, there are few of them, and
// names whose last look-up hung have the fewest:
//
//     the last look-up     all of it
//     had an answer        32 threads
//     was none yet         28 of them, with those that hung
//     hung                 12 of them

/// Whose name is looked up next; each by one at a time.
struct LookupTurns: Sendable {
    static let most = 32, mostUnsure = 28, mostHanging = 12
    private static let mostKnown = 10_000

    private enum Standing: CaseIterable { case answered, unknown, hung }

    /// Whether the last look-up had an answer.
    private var known: [String: Bool] = [:]
    private var waiting: [String] = []
    private var going: [String: Standing] = [:]

    private func standing(_ name: String) -> Standing {
        switch known[name] {
        case true?: .answered
        case false?: .hung
        case nil: .unknown
        }
    }

    func isGoing(_ name: String) -> Bool { going[name] != nil }

    mutating func ask(_ name: String) { if going[name] == nil, !waiting.contains(name) { waiting.append(name) } }

    mutating func forget(_ name: String) { waiting.removeAll { $0 == name } }

    /// Takes those whose turn it is.
    mutating func next() -> [String] {
        var names: [String] = []
        for standing in Standing.allCases {
            for name in waiting where self.standing(name) == standing && hasThread(standing) {
                going[name] = standing
                names.append(name)
            }
        }
        waiting.removeAll { going[$0] != nil }
        return names
    }

    private func hasThread(_ standing: Standing) -> Bool {
        let unsure = going.values.count { $0 != .answered }, hanging = going.values.count { $0 == .hung }
        return switch standing {
        case .answered: going.count < Self.most
        case .unknown: going.count < Self.most && unsure < Self.mostUnsure
        case .hung: going.count < Self.most && unsure < Self.mostUnsure && hanging < Self.mostHanging
        }
    }

    mutating func ended(_ name: String, hung: Bool) {
        going[name] = nil
        if known.count >= Self.mostKnown { known = [:] }
        known[name] = !hung
    }
}
