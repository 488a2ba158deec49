/// The output that a memory store keeps.
struct KeptOutput<Key: Hashable> {
    private var outputs: [Key: (order: Int, output: OutputExcerpt)] = [:]
    private var lastOrder = 0
    private(set) var size = 0
    var limit = OutputLimit.inMemory

    subscript(key: Key) -> OutputExcerpt? { outputs[key]?.output }

    /// `false` where it alone is more than may be kept.
    mutating func keep(_ output: OutputExcerpt, of key: Key) -> Bool {
        drop(key)
        guard output.count <= limit else { return false }
        lastOrder += 1
        outputs[key] = (lastOrder, output)
        size += output.count
        if size > limit { dropOldest() }
        return true
    }

    mutating func drop(_ key: Key) { size -= outputs.removeValue(forKey: key)?.output.count ?? 0 }

    /// A little more than must go, so that not each output sorts them all.
    private mutating func dropOldest() {
        for (key, entry) in outputs.sorted(by: { $0.value.order < $1.value.order }) {
            guard size > limit - limit / 16, entry.order != lastOrder else { return }
            drop(key)
        }
    }
}
