// A dictionary by job for very many jobs. The standard library's keeps key and value in its table, of which a quarter is free at best and nearly two
// thirds at worst; with a million jobs that is more than the jobs. Here the table has four bytes a place, and the entries, which know their ids, stand close together:
//
//     places   [ –  2  –  0  1  –  –  – ]       by the id's hash, open addressing, at most three quarters full
//     entries  [ element  element  element ]
//
// An entry that goes leaves its place to the last one.

/// Where each job stands in an array. The array is its owner's, who says how the id of an element is read.
package struct JobIndex: Sendable {
    private static let free: Int32 = -1

    private var slots: [Int32] = []
    package private(set) var count = 0

    package init() {}

    package func place<Element>(of id: JobID, among elements: [Element], by key: (Element) -> JobID) -> Int? {
        slot(of: id, among: elements, by: key).map { Int(slots[$0]) }
    }

    /// Enters a job that is not there.
    package mutating func insert<Element>(_ place: Int, of id: JobID, among elements: [Element], by key: (Element) -> JobID) {
        if (count + 1) * 4 > slots.count * 3 { grow(elements, by: key) }
        enter(place, of: id)
        count += 1
    }

    /// The element stands elsewhere now. Called while it still stands where it did.
    package mutating func move<Element>(_ id: JobID, to place: Int, among elements: [Element], by key: (Element) -> JobID) {
        if let slot = slot(of: id, among: elements, by: key) { slots[slot] = Int32(truncatingIfNeeded: place) }
    }

    /// Forgets a job; answers where it stands, still.
    package mutating func remove<Element>(_ id: JobID, among elements: [Element], by key: (Element) -> JobID) -> Int? {
        guard var hole = slot(of: id, among: elements, by: key) else { return nil }
        let place = slots[hole], mask = slots.count - 1
        slots[hole] = Self.free
        count -= 1
        // What stands behind the hole moves up if its own slot is not between.
        var at = (hole + 1) & mask
        while slots[at] != Self.free {
            let home = home(of: key(elements[Int(slots[at])]))
            if (at &- home) & mask >= (at &- hole) & mask {
                slots[hole] = slots[at]
                slots[at] = Self.free
                hole = at
            }
            at = (at + 1) & mask
        }
        return Int(place)
    }

    private func slot<Element>(of id: JobID, among elements: [Element], by key: (Element) -> JobID) -> Int? {
        if slots.isEmpty { return nil }
        let mask = slots.count - 1
        var at = home(of: id)
        while slots[at] != Self.free {
            if key(elements[Int(slots[at])]) == id { return at }
            at = (at + 1) & mask
        }
        return nil
    }

    private func home(of id: JobID) -> Int { id.hashValue & (slots.count - 1) }

    private mutating func enter(_ place: Int, of id: JobID) {
        let mask = slots.count - 1
        var at = home(of: id)
        while slots[at] != Self.free { at = (at + 1) & mask }
        slots[at] = Int32(truncatingIfNeeded: place)
    }

    private mutating func grow<Element>(_ elements: [Element], by key: (Element) -> JobID) {
        let old = slots
        slots = Array(repeating: Self.free, count: max(8, old.count * 2))
        for place in old where place != Self.free { enter(Int(place), of: key(elements[Int(place)])) }
    }
}

/// Elements by job: each knows whose it is, so no id is kept beside it.
package struct JobMap<Element: Identifiable> where Element.ID == JobID {
    /// In no order.
    package private(set) var entries: [Element] = []
    private var places = JobIndex()

    package init() {}

    package var count: Int { entries.count }
    package var isEmpty: Bool { entries.isEmpty }

    package subscript(id: JobID) -> Element? { places.place(of: id, among: entries) { $0.id }.map { entries[$0] } }

    /// In place of the one of its id.
    package mutating func put(_ element: Element) {
        if let place = places.place(of: element.id, among: entries, by: { $0.id }) {
            entries[place] = element
        } else {
            places.insert(entries.count, of: element.id, among: entries) { $0.id }
            entries.append(element)
        }
    }

    package mutating func remove(_ id: JobID) {
        guard let place = places.remove(id, among: entries, by: { $0.id }) else { return }
        let last = entries.count - 1
        if place != last {
            places.move(entries[last].id, to: place, among: entries) { $0.id }
            entries[place] = entries[last]
        }
        entries.removeLast()
    }
}

extension JobMap: Sendable where Element: Sendable {}
