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

    @Test("No more is on its way than the window; the rest waits in the store") func window() {
        var machine = DrainMachine(isShared: false), told = 0, next: Int64 = 0, reads = 0
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
        #expect(told == DrainMachine.window && reads == 2)
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
}
