/// The output that a memory store keeps.
struct KeptOutput<Key: Hashable> {
    private var outputs: [Key: (order: Int, bytes: [UInt8])] = [:]
    private var lastOrder = 0
    private(set) var size = 0
    var limit = OutputLimit.inMemory

    subscript(key: Key) -> [UInt8]? { outputs[key]?.bytes }

    /// `false` where it alone is more than may be kept.
    mutating func keep(_ bytes: [UInt8], of key: Key) -> Bool {
        drop(key)
        guard bytes.count <= limit else { return false }
        lastOrder += 1
        outputs[key] = (lastOrder, bytes)
        size += bytes.count
        if size > limit { dropOldest() }
        return true
    }

    mutating func drop(_ key: Key) { size -= outputs.removeValue(forKey: key)?.bytes.count ?? 0 }

    /// A little more than must go, so that not each output sorts them all.
    private mutating func dropOldest() {
        for (key, entry) in outputs.sorted(by: { $0.value.order < $1.value.order }) {
            guard size > limit - limit / 16, entry.order != lastOrder else { return }
            drop(key)
        }
    }
}
