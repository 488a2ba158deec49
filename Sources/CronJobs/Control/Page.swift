/// A part of an ordered list. The next page begins after the place where the last one ended: what comes or goes meanwhile moves nothing else.
public struct Page: Hashable, Sendable {
    public static let mostItems = 1000

    public var limit = 100
    public var isBackwards = false
    /// Where the page before ended, as its end said.
    public var after: Place?

    public init() {}

    /// By what a list is in order; no two items have the same.
    public struct Place: Hashable, Comparable, Sendable {
        public var number: Int64
        public var text: String

        public init(_ number: Int64, _ text: String) {
            self.number = number
            self.text = text
        }

        /// By the number, then by the text.
        public static func < (a: Place, b: Place) -> Bool { (a.number, a.text) < (b.number, b.text) }
    }

    /// The items of this page by their places, and the end that says how it goes on.
    public func cut<Item>(_ items: [(place: Place, item: Item)]) -> (items: [Item], end: ControlEnd) {
        func isBefore(_ a: Place, _ b: Place) -> Bool { isBackwards ? b < a : a < b }
        let left = after.map { after in items.filter { isBefore(after, $0.place) } } ?? items
        let shown = left.sorted { isBefore($0.place, $1.place) }.prefix(limit)
        let next = shown.count < left.count ? shown.last?.place : nil
        return (shown.map(\.item), ControlEnd(count: shown.count, total: items.count, next: next))
    }
}

/// The end of an answer.
public struct ControlEnd: Hashable, Sendable {
    /// Items in this answer.
    public var count: Int
    /// Items that the filter lets through, on all pages; `nil` where nobody counted them.
    public var total: Int?
    /// How many of those are in each state; of jobs.
    public var states: [String: Int]?
    /// Where the next page begins; `nil` where this is the last.
    public var next: Page.Place?

    public init(count: Int, total: Int?, next: Page.Place? = nil) {
        self.count = count
        self.total = total
        self.next = next
    }
}
