import CronExpressions
import CronJobs
import CronTesting
import Testing

@testable import CronTables

// Whatever happens to a table, in whatever order, and whatever fails: a machine over files and a store of the test's own is driven by random
// events, and asked after each for what it promises.

@Suite("Whatever happens to a table") struct RandomTableTests {
    private static let texts: [String?] = [
        nil, "", "# off\n", "1 * * * * one\n", "2 * * * * two\n3 * * * * three\n", "61 * * * * bad\n", "1 * * * * one\n61 * * * * two\n",
        "4 * * * * rubbish\u{0}\n", "~ * * * * drawn\n",
    ]
    private static let paths = [MachineWorld.table, "/t/drop/one", "/t/drop/two"]
    private static let questions = [
        "newest", "bases", "setBase", "publish", "admit", "files", "anyFiles", "standing", "judge", "revisions", "newestNumber", "had",
        "hadBefore",
    ]

    /// What happened lately, for whoever reads a failure.
    private struct Check {
        var world: MachineWorld
        var dice: Dice
        let isShared: Bool
        var steps: [String] = []

        init(seed: UInt64) {
            dice = Dice(seed: seed)
            isShared = seed.isMultiple(of: 2)
            world = MachineWorld(isShared: isShared, strict: seed.isMultiple(of: 3))
        }

        mutating func step() async {
            world.pass(Int64.random(in: 0...20, using: &dice))
            world.fails = dice.isOne(in: 3) ? Set(RandomTableTests.questions.filter { _ in dice.isOne(in: 4) }) : []
            world.protected = dice.isOne(in: 6) ? [RandomTableTests.paths[Int.random(in: 0..<3, using: &dice)]] : []
            if dice.isOne(in: 2) {
                let path = RandomTableTests.paths[Int.random(in: 0..<3, using: &dice)]
                world.write(RandomTableTests.texts.randomElement(using: &dice) ?? nil, to: path)
            }
            if isShared, dice.isOne(in: 4), let text = RandomTableTests.texts.randomElement(using: &dice) ?? nil {
                try? await world.publish(text)
            }
            let event = await event()
            steps.append("\(event)")
            await check(event)
        }

        private mutating func event() async -> TableMachine.Event {
            if world.situation.inUse.number == nil {
                return .start([.auto, .auto, .file, .store][Int.random(in: 0..<4, using: &dice)])
            }
            switch Int.random(in: 0..<10, using: &dice) {
            case 0...4: return .look(force: dice.isOne(in: 2), isBeingWritten: dice.isOne(in: 3))
            case 5...6: return .follow
            case 7: return .seedDue
            default: return .restore(Int.random(in: 1...4, using: &dice), author: nil)
            }
        }

        private mutating func check(_ event: TableMachine.Event) async {
            let before = world.situation.inUse
            world.forget()
            let outcome = await world.tell(event)
            let story = Comment(rawValue: "\(steps.suffix(5)) asked \(world.questions), came to \(outcome.word)")
            let inUse = world.situation.inUse
            #expect(outcome.word != "none" && world.machine.isResting, story)
            // What is in use is a revision, unless there is no table at all.
            if let number = inUse.number {
                let stored = await world.store.revision(number)
                #expect(stored?.hash == inUse.hash, story)
            }
            let words = world.questions
            if let published = words.firstIndex(of: "publish"), case .look = event {
                #expect(words[..<published].contains("admit"), "published before it was loaded: \(story)")
            }
            if let written = words.firstIndex(of: "write") {
                #expect(!words[written...].contains("publish"), "written before it was published: \(story)")
                await checkWritten(story)
            }
            switch outcome {
            case .changed(let table): #expect(table.revision?.number == inUse.number, story)
            default: #expect(inUse.hash == before.hash, "another content is in use and not handed out: \(story)")
            }
        }

        /// Only what a revision holds is written, and only to files of the table.
        private func checkWritten(_ story: Comment) async {
            var held: Set<TableFile> = []
            for revision in await world.store.revisions() { held.formUnion(await world.store.files(of: revision.number) ?? []) }
            for case .write(let writes, _) in world.asked {
                let files = writes.map(\.file)
                #expect(held.isSuperset(of: files) && files.allSatisfy { world.situation.source.holds($0.path) }, story)
            }
        }
    }

    @Test(
        "It comes to rest, and what is in use is a revision that was loaded before it was published",
        arguments: 1...40 as ClosedRange<UInt64>)
    func random(_ seed: UInt64) async {
        var check = Check(seed: seed)
        for _ in 0..<60 { await check.step() }
        check.world.fails = []
        check.world.protected = []
        check.world.write("9 * * * * last\n")
        if check.world.situation.inUse.number == nil { _ = await check.world.tell(.start(.auto)) }
        check.world.pass(20)
        _ = await check.world.tell(.look(force: true, isBeingWritten: false))
        #expect(check.world.situation.faults.unstored == nil, "what failed is over")
    }

    @Test("Whatever a question is answered with, the occasion ends and what was in use stays in use or is a revision")
    func wrongAnswers() async throws {
        let answers: [TableMachine.Answer] = [
            .done, .flag(false), .flag(true), .files(nil), .snapshot(TableSnapshot()), .number(7), .path("/x"), .revisions([]),
            .failed(StoreError(.overtaken, "x")), .failed(StoreError(.corrupt, "x")),
        ]
        for wrong in answers {
            for place in 0..<10 {
                for event in [.start(.auto), .look(force: true, isBeingWritten: true), .follow, .restore(1, author: nil)]
                    as [TableMachine.Event]
                {
                    var world = MachineWorld(isShared: true)
                    world.write("1 * * * * one\n")
                    _ = await world.tell(.start(.auto))
                    try await world.publish("2 * * * * two\n")
                    if case .look = event { world.write("3 * * * * three\n") }
                    if case .start = event { world = MachineWorld(isShared: true, store: world.store) }
                    world.forget()
                    let counter = Counter()
                    world.lie = { _ in counter.next() == place ? wrong : nil }
                    let outcome = await world.tell(event)
                    #expect(outcome.word != "none" && world.machine.isResting, "\(event): \(world.questions), \(wrong)")
                    let inUse = world.situation.inUse
                    if let number = inUse.number { #expect(await world.store.revision(number)?.hash == inUse.hash) }
                }
            }
        }
    }

    private final class Counter {
        private var count = -1
        func next() -> Int {
            count += 1
            return count
        }
    }
}

extension Dice {
    fileprivate mutating func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}
