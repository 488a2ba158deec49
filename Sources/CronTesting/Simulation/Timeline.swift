/// What is to come, in the order of its time; of one time in the order in which it was entered. A binary heap.
struct Timeline<Happening> {
    struct Entry {
        var time: Int64
        var number: Int
        var happening: Happening
    }

    private var heap: [Entry] = []
    private var lastNumber = 0

    mutating func add(_ happening: Happening, at time: Int64) {
        lastNumber += 1
        heap.append(Entry(time: time, number: lastNumber, happening: happening))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isBefore(child, parent) else { break }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func next() -> Entry? {
        guard let last = heap.popLast() else { return nil }
        guard let first = heap.first else { return last }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) { least = child }
            if least == parent { break }
            heap.swapAt(least, parent)
            parent = least
        }
        return first
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool { (heap[a].time, heap[a].number) < (heap[b].time, heap[b].number) }
}
