// A drawn seed is offered: the first that is there stays, so services that start together use one. It is given back by whoever knows it after the
// store lost it. So two may meet: one that a fresh service drew on the emptied store, and the older one that the others still know. Each has a
// weight, and the heavier counts: of drawn ones the oldest, a given one before all drawn ones, and of given ones the newest.

/// What `a~b` is drawn from, the same for all who use a store.
public struct TableSeed: Hashable, Sendable {
    public var text: String
    /// Of two seeds the one of greater weight counts.
    public var weight: Int64

    public init(text: String, weight: Int64) {
        self.text = text
        self.weight = weight
    }

    /// One that a service made for itself.
    public static func drawn(_ text: String, at now: WallTime) -> TableSeed { TableSeed(text: text, weight: -max(1, now.milliseconds)) }

    /// One that somebody asked for.
    public static func given(_ text: String, at now: WallTime) -> TableSeed { TableSeed(text: text, weight: max(1, now.milliseconds)) }

    /// 1 to 300 printable characters of ASCII without blanks.
    public static func isText(_ text: String) -> Bool {
        (1...300).contains(text.utf8.count) && text.utf8.allSatisfy { (33..<127).contains($0) }
    }
}

extension TableSeed {
    /// As stores keep it: the weight, a blank, the text.
    public var stored: String { "\(weight) \(text)" }

    /// `nil` for what is no seed: as good as none.
    public init?(stored: String) {
        guard let blank = stored.firstIndex(of: " "), let weight = Int64(stored[..<blank]) else { return nil }
        let text = String(stored[stored.index(after: blank)...])
        guard Self.isText(text) else { return nil }
        self.init(text: text, weight: weight)
    }
}
