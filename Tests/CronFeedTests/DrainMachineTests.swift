internal import CronExpressions
@testable internal import CronFeed
internal import CronJobs
internal import Testing

@Suite("From the store to a broker") struct DrainMachineTests {
    /// What one who reads all facts in one go, and loses nothing, tells of them.
    private func wanted(_ model: DrainModel) -> (ids: [String], notes: [String: String]) {
        var transitions = Transitions(), ids: [String] = [], notes: [String: String] = [:]
        for fact in model.facts {
            let (events, changes) = transitions.take(fact, jobs: model.jobs)
            ids += events.map { model.source.id(of: $0) }
            for (name, text) in changes { notes[name] = text }
        }
        return (ids, notes)
    }

    @Test(
        "Whatever fails and whenever: no event is lost, each comes first in its order, again only under its id, and what is noted is right",
        arguments: [1, 2], [UInt64(1), 1000, 2000, 3000])
    func anyOrder(drains: Int, first: UInt64) {
        for seed in first..<first + 100 {
            var model = DrainModel(seed: seed, drains: drains)
            for _ in 0..<400 { model.step(model.roll(drains), faults: true) }
            let rests = model.settle()
            #expect(rests, "seed \(seed): it comes to rest")
            var seen: Set<String> = []
            let firsts = model.delivered.filter { seen.insert($0).inserted }, (ids, notes) = wanted(model)
            #expect(firsts == ids, "seed \(seed)")
            #expect(model.notes == notes, "seed \(seed)")
        }
    }

    @Test(
        "Nor is one lost where each goes to a receiver of its own, whoever ends and begins anew; few are told twice",
        arguments: [1, 2], [UInt64(1), 1000])
    func anyOrderForMany(drains: Int, first: UInt64) {
        var twice = 0, all = 0
        for seed in first..<first + 100 {
            var model = DrainModel(seed: seed, drains: drains, isForMany: true)
            for _ in 0..<400 { model.step(model.roll(drains), faults: true) }
            let rests = model.settle()
            #expect(rests, "seed \(seed): it comes to rest")
            let (ids, notes) = wanted(model)
            #expect(Set(model.delivered) == Set(ids), "seed \(seed)")
            #expect(model.notes.filter { $0.key != ToldMark.note } == notes, "seed \(seed)")
            twice += model.delivered.count - ids.count
            all += ids.count
        }
        #expect(twice < all, "\(twice) of \(all)")
    }

    @Test("What the store had to drop is told as one event, with its number, before what follows") func gap() throws {
        var model = DrainModel(seed: 7, drains: 1)
        for _ in 0..<10 { model.decide() }
        let restsFirst = model.settle()
        let before = model.delivered.count
        for _ in 0..<20 { model.decide() }
        model.dropped = 25
        let rests = model.settle()
        #expect(restsFirst && rests)
        let rest = model.delivered[before...]
        #expect(rest.count == 6 && rest.first?.hasSuffix(".gap") == true)
        #expect(model.drains[0].said == [.gap(15)])
        #expect(rest.dropFirst().first?.contains("\(model.facts[25].number)") == true)
    }

    @Test("No more is on its way than the window; the rest waits in the store", arguments: [false, true]) func window(isForMany: Bool) {
        let window = isForMany ? DrainMachine.windowForMany : DrainMachine.window
        var machine = DrainMachine(isShared: false, isForMany: isForMany), told = 0, next: Int64 = 0, reads = 0
        func take(_ effects: [DrainMachine.Effect]) -> Int64? {
            var after: Int64?
            for effect in effects {
                if case .tell(let events) = effect { told += events.count }
                if case .read(let cursor, _) = effect { after = cursor }
            }
            return after
        }
        _ = machine.handle(.broker(isThere: true))
        _ = machine.handle(.place(.at(0, lost: 0)))
        var wanted = take(machine.handle(.notes([:])))
        while let cursor = wanted, reads < 99 {
            #expect(cursor == next)
            reads += 1
            let facts = (1...Int64(DrainMachine.page)).map { Making.ended(next + $0, "a", .succeeded) }
            next += Int64(DrainMachine.page)
            wanted = take(machine.handle(.page(FactPage(facts: facts, after: cursor, hasGap: false), outputs: [:])))
        }
        #expect(told == window && reads == window / DrainMachine.page)
        let after = take(machine.handle(.answered(1, .arrived)))
        #expect(after == next, "there is room")
    }

    @Test("That events wait is said once for a reason, and that they go on again") func said() {
        var machine = DrainMachine(isShared: false)
        func said(_ event: DrainMachine.Event) -> [DrainMachine.News] {
            machine.handle(event).compactMap { if case .say(let news) = $0 { news } else { nil } }
        }
        func refused() -> [DrainMachine.News] {
            var found = said(.place(.at(0, lost: 0))) + said(.notes([:]))
            let page = FactPage(facts: [Making.ended(1, "a", .succeeded)], after: 0, hasGap: false)
            found += said(.page(page, outputs: [:]))
            ticket += 1
            return found + said(.answered(ticket, .missing("404")))
        }
        var ticket = 0
        _ = machine.handle(.broker(isThere: true))
        #expect(refused() == [.waits("404")])
        #expect(said(.timeIsUp) == [] && refused() == [])
        _ = said(.timeIsUp) + said(.place(.at(0, lost: 0))) + said(.notes([:]))
        _ = said(.page(FactPage(facts: [Making.ended(1, "a", .succeeded)], after: 0, hasGap: false), outputs: [:]))
        #expect(said(.answered(ticket + 1, .arrived)) == [] && said(.advanced(true)) == [.goesOn])
        #expect(machine.isIdle == false, "it looks once more")
    }

    @Test("At the end it notes what was told and gives its place up; then it does nothing more") func stop() {
        var machine = DrainMachine(isShared: true)
        _ = machine.handle(.broker(isThere: true))
        _ = machine.handle(.place(.at(0, lost: 0)))
        _ = machine.handle(.notes([:]))
        let facts = [Making.ended(1, "a", .succeeded), Making.ended(2, "a", .succeeded)]
        _ = machine.handle(.page(FactPage(facts: facts, after: 0, hasGap: false), outputs: [:]))
        _ = machine.handle(.answered(1, .arrived))
        let effects = machine.handle(.stop)
        #expect(effects.contains { if case .leave = $0 { true } else { false } })
        let later = machine.handle(.woken) + machine.handle(.answered(2, .arrived))
        #expect(later.isEmpty)
    }

    /// A life of a drain for many, from its first page on.
    private struct Life {
        var machine = DrainMachine(isShared: false, tellsEach: true, isForMany: true)
        var told: [Int: Int64] = [:]
        var advances: [(from: Int64, to: Int64, notes: [String: String?])] = []

        init(at cursor: Int64 = 0, notes: [String: String] = [:], facts: ClosedRange<Int64>) {
            handle(.broker(isThere: true))
            begin(at: cursor, notes, facts)
        }

        mutating func begin(at cursor: Int64, _ notes: [String: String], _ facts: ClosedRange<Int64>) {
            handle(.place(.at(cursor, lost: 0)))
            handle(.notes(notes))
            handle(.page(FactPage(facts: facts.map { Making.ended($0, "a", .succeeded) }, after: cursor, hasGap: false), outputs: [:]))
        }

        mutating func handle(_ event: DrainMachine.Event) {
            for effect in machine.handle(event, jobs: FeedJobs([JobID("a"): Making.job("a", notify: .every)])) {
                switch effect {
                case .tell(let events): for (ticket, event) in events { told[ticket] = event.number }
                case .advance(let from, let to, let notes): advances.append((from, to, notes))
                default: break
                }
            }
        }

        mutating func arrive(_ numbers: Int64...) {
            for (ticket, number) in told.sorted(by: { $0.key < $1.key }) where numbers.contains(number) {
                told[ticket] = nil
                handle(.answered(ticket, .arrived))
            }
        }
    }

    @Test("Of many receivers one may hang: what the others got behind it is noted at the end, and told to nobody again") func many() throws
    {
        var first = Life(facts: 1...6)
        first.arrive(2, 3, 5)
        first.handle(.stop)
        let end = try #require(first.advances.first)
        #expect(first.advances.count == 1 && (end.from, end.to) == (0, 0) && end.notes == [ToldMark.note: "5:1,4"])

        var second = Life(notes: [ToldMark.note: "5:1,4"], facts: 1...3)
        #expect(second.told.values.sorted() == [1])
        second.handle(.stop)
        #expect(second.advances.first?.notes == [ToldMark.note: "5:1,4"], "what it did not come to is as it was")

        var third = Life(notes: [ToldMark.note: "5:1,4"], facts: 1...7)
        #expect(third.told.values.sorted() == [1, 4, 6, 7])
        third.arrive(1)
        #expect(third.advances.last?.to == 3 && third.advances.last?.notes == [:])
        third.handle(.advanced(true))
        third.arrive(6)
        third.arrive(4)
        #expect(third.advances.last?.to == 6 && third.advances.last?.notes == [ToldMark.note: nil], "it is behind us")
    }

    @Test("After a crash no more than a hundred are told again, because one hangs") func manyCrash() {
        var life = Life(facts: 1...250)
        for number in 2...Int64(1 + DrainMachine.notedEach) { life.arrive(number) }
        #expect(life.advances.count == 1 && life.advances.last?.notes == [ToldMark.note: "101:1"] && life.advances.last?.to == 0)
        life.handle(.advanced(true))
        for number in Int64(102)...200 { life.arrive(number) }
        #expect(life.advances.count == 1)
        life.arrive(201)
        #expect(life.advances.last?.notes == [ToldMark.note: "201:1"])
        life.handle(.advanced(true))
        life.arrive(1)
        #expect(life.advances.last?.to == 201 && life.advances.last?.notes == [ToldMark.note: nil])
    }

    @Test("Nor is it told again in this life, after the store failed") func manyAgain() {
        var life = Life(facts: 1...3)
        life.arrive(2)
        life.handle(.failed("the store: away"))
        for ticket in life.told.keys.sorted() { life.handle(.answered(ticket, .calledBack)) }
        life.told = [:]
        life.handle(.timeIsUp)
        life.begin(at: 0, [:], 1...3)
        #expect(life.told.values.sorted() == [1, 3])
    }

    @Test("What was told is noted as text; other text is nothing") func marks() {
        for text in ["7:", "7:1,3", "9223372036854775807:-1"] { #expect(ToldMark(text)?.text == text) }
        for text in ["", "7", "x:1", "7:x", "7:1:2", "7:99999999999999999999"] { #expect(ToldMark(text) == nil, "\(text)") }
        let one = ToldMark(end: 5, open: [1, 4]), other = ToldMark(end: 8, open: [2, 4, 7])
        #expect(one.joined(with: other) == ToldMark(end: 8, open: [4, 7]) && other.joined(with: one) == one.joined(with: other))
    }
}
