/// Where consumers of a memory store stand.
struct ConsumerPlaces {
    private struct Place {
        var cursor: Int64
        var notes: [String: String] = [:]
    }

    private var places: [String: Place] = [:]

    /// Where it stands; from now on there, where it stood nowhere.
    mutating func attend(_ consumer: String, otherwise start: Int64) -> Int64 {
        let place = places[consumer] ?? Place(cursor: start)
        places[consumer] = place
        return place.cursor
    }

    func notes(of consumer: String) -> [String: String] { places[consumer]?.notes ?? [:] }

    mutating func advance(_ consumer: String, from: Int64, to: Int64, notes: [String: String?]) -> Bool {
        guard var place = places[consumer], place.cursor == from else { return false }
        place.cursor = to
        for (name, text) in notes { place.notes[name] = text }
        places[consumer] = place
        return true
    }
}
