// The places of requests on their way, and whose turn it is to take one. A request to a host that hangs keeps its place for seconds, so what is known of a
// host decides how many of them all hosts like it may have:
//
//     its last request      it is       its first request on its way takes one of    its others, four at most
//     was answered          proven      all places                                   while half of all are free
//     there was none        fresh       five eighths of them                         while three quarters are free
//     was not answered      failing     two eighths                                  never
//
// So an eighth is left for those that answer, whatever all others do, and those that fail hold up none that was never tried. Among hosts of one standing
// the one that has waited longest comes next, with one request.

/// Whose turn it is.
struct HostTurns: Sendable {
    enum Standing: CaseIterable, Hashable, Sendable { case proven, fresh, failing }

    private struct Queue {
        var names: [String] = []
        var first = 0
    }

    let places: Int
    private var taken: [Standing: Int] = [:]
    private var queues: [Standing: Queue] = [:]
    /// In which queue each is.
    private var queued: [String: Standing] = [:]

    init(places: Int) { self.places = max(8, places) }

    private var allTaken: Int { taken.values.reduce(0, +) }

    func waiting(_ standing: Standing) -> Int { queues[standing].map { $0.names.count - $0.first } ?? 0 }

    /// Those that were never tried may soon have to wait for each other.
    var isCrowded: Bool { taken[.fresh, default: 0] + waiting(.fresh) > share(.fresh) / 2 }

    private func share(_ standing: Standing) -> Int {
        switch standing {
        case .proven: places
        case .fresh: places * 5 / 8
        case .failing: places * 2 / 8
        }
    }

    /// For one request more of a host that has so many on their way.
    func hasPlace(_ standing: Standing, beside others: Int = 0) -> Bool {
        guard allTaken < places, taken[standing, default: 0] < share(standing) else { return false }
        guard others > 0 else { return true }
        switch standing {
        case .proven: return allTaken < places / 2
        case .fresh: return allTaken < places / 4
        case .failing: return false
        }
    }

    mutating func take(_ standing: Standing) { taken[standing, default: 0] += 1 }

    mutating func free(_ standing: Standing) { taken[standing, default: 0] -= 1 }

    /// It may have something to send; behind the others, or where it waits already.
    mutating func enqueue(_ name: String, _ standing: Standing) {
        guard queued[name] != standing else { return }
        queued[name] = standing
        queues[standing, default: Queue()].names.append(name)
    }

    /// Takes the one out whose turn it is.
    mutating func next(_ standing: Standing) -> String? {
        while var queue = queues[standing], queue.first < queue.names.count {
            queues[standing] = nil
            let name = queue.names[queue.first]
            queue.first += 1
            if queue.first > 64, queue.first * 2 > queue.names.count {
                queue.names.removeFirst(queue.first)
                queue.first = 0
            }
            queues[standing] = queue
            // Its standing may have changed meanwhile: then it stands in another one.
            if queued[name] == standing {
                queued[name] = nil
                return name
            }
        }
        return nil
    }
}
