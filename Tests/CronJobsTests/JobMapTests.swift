import CronJobs
import CronTesting
import Testing

@Suite struct JobMapTests {
    private struct Entry: Identifiable {
        var id: JobID
        var value: Int
    }

    @Test("It holds what a dictionary holds, whatever comes and goes", arguments: UInt64(1)...5)
    func random(_ seed: UInt64) {
        var dice = Dice(seed: seed), map = JobMap<Entry>(), dictionary: [JobID: Int] = [:]
        for step in 0..<5000 {
            let id = JobID("j\(dice.next() % 300)")
            let value = dice.next() % 3 == 0 ? nil : step
            if let value { map.put(Entry(id: id, value: value)) } else { map.remove(id) }
            dictionary[id] = value
            #expect(map[id]?.value == dictionary[id] && map.count == dictionary.count)
        }
        for number in 0..<300 { #expect(map[JobID("j\(number)")]?.value == dictionary[JobID("j\(number)")]) }
        #expect(Dictionary(uniqueKeysWithValues: map.entries.map { ($0.id, $0.value) }) == dictionary)
        for id in Array(dictionary.keys) { map.remove(id) }
        #expect(map.isEmpty && map[JobID("j1")] == nil)
    }
}
