/// The messages of one channel that the broker has not answered yet. Its tags count from 1 in the order of sending.
struct ChannelTags: Sendable {
    private var numbers: [Int: Int] = [:]
    private var byID: [String: [Int]] = [:]
    private var lowest: UInt64 = 1
    private var next: UInt64 = 1
    /// The broker confirmed one at least: what the channel is for is there.
    private(set) var hasConfirmed = false

    var isEmpty: Bool { numbers.isEmpty }
    /// In the order of sending.
    var open: [Int] { numbers.sorted { $0.key < $1.key }.map(\.value) }

    private var ids: [Int: String] = [:]

    mutating func sent(_ number: Int, id: String) {
        numbers[Int(clamping: next)] = number
        ids[number] = id
        byID[id, default: []].append(number)
        next += 1
    }

    /// Which messages an answer is about: none for a tag that is unknown or answered.
    mutating func answered(_ tag: UInt64, multiple: Bool, isConfirm: Bool) -> [Int] {
        guard tag < next else { return [] }
        if isConfirm { hasConfirmed = true }
        guard multiple else {
            let number = numbers.removeValue(forKey: Int(clamping: tag))
            if let number { forget(number) }
            return number.map { [$0] } ?? []
        }
        var found: [Int] = []
        // A tag of 0 with `multiple` is all.
        let last = tag == 0 ? next - 1 : tag
        while lowest <= last {
            if let number = numbers.removeValue(forKey: Int(clamping: lowest)) {
                forget(number)
                found.append(number)
            }
            lowest += 1
        }
        return found
    }

    /// The oldest open message with this id, which the broker gave back.
    func number(ofReturned id: String) -> Int? { byID[id]?.first }

    private mutating func forget(_ number: Int) {
        guard let id = ids.removeValue(forKey: number), var same = byID[id] else { return }
        same.removeAll { $0 == number }
        byID[id] = same.isEmpty ? nil : same
    }
}

/// A channel that the broker closed, with what was open on it.
struct ClosedChannel: Hashable, Sendable {
    var numbers: [Int]
    /// The broker's words.
    var reason: String
    /// All of these were refused. Else one of them was the cause, and the others' fate is unknown.
    var refusedAll: Bool

    static let notFound = 404

    /// A channel is for one exchange. Where that is not there, nothing that was sent to it arrived, unless it was there before; any other refusal may be
    /// about one message, and what was sent before it may have arrived.
    init(_ tags: ChannelTags, code: Int, reason: String, isShared: Bool) {
        numbers = tags.open
        self.reason = reason
        refusedAll = numbers.count == 1 || code == Self.notFound && !tags.hasConfirmed && !isShared
    }
}
