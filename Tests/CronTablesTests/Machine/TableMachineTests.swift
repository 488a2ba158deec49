import CronExpressions
import CronJobs
import Testing

@testable import CronTables

@Suite("The table's machine, occasion by occasion") struct TableMachineTests {
    private static let one = "1 * * * * one\n", two = "2 * * * * two\n", three = "3 * * * * three\n"

    /// Started on a file of one line.
    private func started(isShared: Bool = false, strict: Bool = false) async throws -> MachineWorld {
        var world = MachineWorld(isShared: isShared, strict: strict)
        world.write(Self.one)
        let first = await world.tell(.start(.auto))
        try #require(first.commands == ["one"])
        world.forget()
        return world
    }

    // MARK: Start

    @Test("A first start loads what it found, publishes it, and enters it for later starts; no file is touched") func firstStart() async {
        var world = MachineWorld()
        world.write(Self.one)
        let outcome = await world.tell(.start(.auto))
        #expect(outcome.commands == ["one"])
        #expect(world.questions == ["survey", "newest", "bases", "admit", "publish", "bases", "setBase"])
        #expect(world.situation.inUse.number == 1 && world.machine.isResting)
    }

    @Test("A new container of an old image gets the edited table: nothing is published, and the file is written last") func restores()
        async throws
    {
        var first = try await started()
        first.write(Self.two)
        let edit = await first.tell(.look(force: false, isBeingWritten: false))
        #expect(edit.commands == ["two"])
        var next = MachineWorld(store: first.store)
        next.write(Self.one)
        let outcome = await next.tell(.start(.auto))
        #expect(outcome.commands == ["two"])
        #expect(next.questions == ["survey", "newest", "files", "bases", "admit", "write", "bases", "setBase"])
        #expect(next.files[MachineWorld.table] == Self.two)
        guard case .restored(MachineWorld.table, 2)? = next.told.last else { return #expect(Bool(false), "\(next.told)") }
    }

    @Test("Where somebody published meanwhile all is decided again, with his revision as the newest") func overtaken() async {
        var world = MachineWorld()
        world.write(Self.one)
        world.before = { question, store in
            guard case .publish = question, await store.newestNumber() == nil else { return }
            let files = [TableFile(path: MachineWorld.table, content: Array((Self.one + Self.two).utf8))]
            _ = try? await store.append(files, hash: TableHash.hash(files), origin: .deployed, now: WallTime(nanoseconds: 1))
        }
        let outcome = await world.tell(.start(.auto))
        #expect(outcome.commands == ["one"])
        #expect(world.questions.filter { $0 == "newest" || $0 == "publish" } == ["newest", "publish", "newest", "publish"])
        #expect(world.questions.count { $0 == "survey" } == 1, "the files are read once")
        #expect(world.situation.inUse.number == 2)
    }

    @Test("Whoever is overtaken twenty times gives up, with nothing in use") func overtakenForEver() async {
        var world = MachineWorld()
        world.write(Self.one)
        world.lie = { question in
            guard case .publish = question else { return nil }
            return .failed(StoreError(.overtaken, "somebody was faster"))
        }
        let outcome = await world.tell(.start(.auto))
        guard case .refused(let refusal)? = outcome else { return #expect(Bool(false), "\(outcome.word)") }
        #expect(refusal.kind == .store && world.questions.count { $0 == "publish" } == 20)
        #expect(world.situation.inUse.number == nil && world.machine.isResting)
    }

    @Test(
        "Whatever of the store fails, a start is refused, and nothing was written or is in use",
        arguments: ["newest", "bases", "admit", "publish"]) func failingStart(_ question: String) async
    {
        var world = MachineWorld()
        world.write(Self.one)
        world.fails = [question]
        let outcome = await world.tell(.start(.auto))
        guard case .refused(let refusal)? = outcome else { return #expect(Bool(false), "\(outcome.word)") }
        #expect(refusal.kind == .store && world.situation.inUse.number == nil)
        #expect(!world.questions.contains("write"))
        world.fails = []
        let again = await world.tell(.start(.auto))
        #expect(again.commands == ["one"])
    }

    // MARK: Edit and reload

    @Test("An edit is loaded, then published, then in use; its file is not written") func edit() async throws {
        var world = try await started()
        world.write(Self.two)
        let outcome = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(outcome.commands == ["two"])
        #expect(world.questions == ["glance", "zones", "read", "admit", "publish", "bases", "setBase"])
        #expect(world.situation.inUse.number == 2)
    }

    @Test("A look at the very files of the last one asks for nothing else, and nobody need ask until they change") func calm() async throws
    {
        var world = try await started()
        let outcome = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(outcome.word == "unchanged" && world.questions == ["glance"] && world.calm != nil)
        let reload = await world.tell(.look(force: true, isBeingWritten: false))
        #expect(reload.word == "unchanged" && world.questions.dropFirst() == ["glance", "zones", "read"])
        #expect(world.calm == nil, "who reads them looks again")
    }

    @Test("An edit whose users or marks cannot be told is not published; the table in use stays, and it is tried again") func unloaded()
        async throws
    {
        var world = try await started()
        world.write(Self.two)
        world.fails = ["admit"]
        for _ in 0..<2 {
            let outcome = await world.tell(.look(force: false, isBeingWritten: false))
            guard case .unsettled(.seconds(1))? = outcome else { return #expect(Bool(false), "\(outcome.word)") }
        }
        #expect(!world.questions.contains("publish") && world.situation.inUse.number == 1)
        #expect(world.told.count == 1, "said once: \(world.told)")
        world.fails = []
        let outcome = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(outcome.commands == ["two"] && world.situation.faults == TableFaults())
    }

    @Test("A bad line looks back for its last good version, past a revision that cannot be read, before the jobs are admitted")
    func lastGood()
        async throws
    {
        var world = try await started()
        world.write("61 * * * * one\n")
        let bad = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(bad.commands == ["one"])
        #expect(world.questions.filter { ["files", "admit", "publish"].contains($0) } == ["files", "admit", "publish"])
        world.forget()
        world.write("61 * * * * one\n" + Self.two)
        world.lie = { if case .files(2) = $0 { .failed(StoreError(.corrupt, "rubbish")) } else { nil } }
        let next = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(next.commands == ["two", "one"])
        #expect(world.questions.filter { $0 == "files" }.count == 2)
    }

    @Test("What a file held that is gone is asked for once, and its jobs go on") func gone() async throws {
        var world = try await started()
        world.write(nil)
        world.write(Self.two, to: "/t/drop/two")
        let outcome = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(outcome.commands == ["one", "two"] && world.questions.count { $0 == "files" } == 1)
        #expect(world.situation.faults.gone == [MachineWorld.table])
    }

    @Test(
        "A file that a start found unusable runs its last good version until it goes, or can be used again",
        arguments: [nil, one, three])
    func unusableAtTheStart(then text: String?) async throws {
        let path = "/t/drop/other"
        var first = try await started()
        first.write(Self.two, to: path)
        _ = await first.tell(.look(force: false, isBeingWritten: false))
        var world = MachineWorld(store: first.store)
        world.write(Self.one)
        world.write(Self.two, to: path)
        world.unusable = [path: "anybody may write to it"]
        let start = await world.tell(.start(.auto))
        #expect(start.commands == ["one", "two"])
        let look = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(look.word == "unchanged")
        world.unusable = [:]
        world.write(text, to: path)
        let next = await world.tell(.look(force: false, isBeingWritten: false))
        let commands = ["one"] + (text.map { [$0 == Self.one ? "one" : "three"] } ?? [])
        #expect(next.commands == commands)
    }

    @Test("One that can be used again as it was is the file that it was: no revision, and its own from then on") func usableAgain()
        async throws
    {
        let path = "/t/drop/other"
        var first = try await started()
        first.write(Self.two, to: path)
        _ = await first.tell(.look(force: false, isBeingWritten: false))
        var world = MachineWorld(store: first.store)
        world.write(Self.one)
        world.write(Self.two, to: path)
        world.unusable = [path: "anybody may write to it"]
        _ = await world.tell(.start(.auto))
        let number = world.situation.inUse.number
        world.unusable = [:]
        world.write(Self.two, to: path)
        let look = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(look.word == "unchanged" && world.situation.inUse.number == number && world.situation.ownFiles[path] != nil)
    }

    // MARK: Follow, restore, new times

    @Test("What is followed is judged, loaded, and written; nothing is published") func follow() async throws {
        var world = try await started(isShared: true)
        try await world.publish(Self.two)
        let outcome = await world.tell(.follow)
        #expect(outcome.commands == ["two"] && world.files[MachineWorld.table] == Self.two)
        #expect(
            world.questions == [
                "standing", "newest", "judge", "readOnlyFile", "admit", "read", "write", "bases", "setBase",
            ])
        let again = await world.tell(.follow)
        #expect(again.word == "unchanged" && world.questions.last == "standing")
    }

    @Test("An edit that came while a revision was loaded is looked at first: the file is not written over") func ownEdit() async throws {
        var world = try await started(isShared: true)
        try await world.publish(Self.two)
        world.write(Self.three)
        let outcome = await world.tell(.follow)
        guard case .unsettled(.zero)? = outcome else { return #expect(Bool(false), "\(outcome.word)") }
        #expect(!world.questions.contains("write") && world.files[MachineWorld.table] == Self.three)
        let edit = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(edit.commands == ["three"] && world.situation.inUse.number == 3)
    }

    @Test("With and without a service a revision is brought back by the same steps; without one nothing is loaded") func restore()
        async throws
    {
        var world = try await started()
        world.write(Self.two)
        _ = await world.tell(.look(force: false, isBeingWritten: false))
        var idle = MachineWorld(isServed: false, store: world.store)
        idle.write(Self.one)
        world.forget()
        let outcome = await world.tell(.restore(1, author: "uid 7"))
        #expect(outcome.commands == ["one"] && world.files[MachineWorld.table] == Self.one)
        #expect(world.questions == ["anyFiles", "admit", "publish", "read", "write", "bases", "setBase"])
        let current = await world.tell(.restore(3, author: nil))
        #expect(current.word == "isCurrent")
        let unknown = await world.tell(.restore(9, author: nil))
        #expect(unknown.word == "noRevision")

        let other = await idle.tell(.restore(2, author: "uid 7"))
        #expect(other.commands == [] && idle.files[MachineWorld.table] == Self.two, "the newest was published by the service meanwhile")
        #expect(idle.questions == ["anyFiles", "newestNumber", "publish", "read", "write", "bases", "setBase"])
        #expect(await idle.store.newestRevision().map(\.author) == "uid 7")
    }

    @Test("What somebody saves in the moment of a restore stays, and is an edit that comes after it") func savedMeanwhile() async throws {
        var world = try await started()
        world.write(Self.two)
        _ = await world.tell(.look(force: false, isBeingWritten: false))
        world.saved = Self.three
        let outcome = await world.tell(.restore(1, author: nil))
        #expect(outcome.commands == ["one"] && world.files[MachineWorld.table] == Self.three)
        guard case .changed(let table)? = outcome else { return #expect(Bool(false), "\(outcome.word)") }
        #expect(table.unwritten.map(\.path) == [MachineWorld.table])
        let edit = await world.tell(.look(force: false, isBeingWritten: false))
        #expect(edit.commands == ["three"] && world.situation.inUse.number == 4)
    }

    @Test("So does what is saved in the moment of a start") func savedAtTheStart() async throws {
        var first = try await started()
        first.write(Self.two)
        _ = await first.tell(.look(force: false, isBeingWritten: false))
        var next = MachineWorld(store: first.store)
        next.write(Self.one)
        next.saved = Self.three
        let outcome = await next.tell(.start(.auto))
        #expect(outcome.commands == ["two"] && next.files[MachineWorld.table] == Self.three)
        let edit = await next.tell(.look(force: false, isBeingWritten: false))
        #expect(edit.commands == ["three"] && next.situation.inUse.number == 3)
    }

    @Test("A restore that cannot be stored writes nothing and leaves what is in use", arguments: ["anyFiles", "admit", "publish"])
    func failingRestore(_ question: String) async throws {
        var world = try await started()
        world.write(Self.two)
        _ = await world.tell(.look(force: false, isBeingWritten: false))
        world.forget()
        world.fails = [question]
        let outcome = await world.tell(.restore(1, author: nil))
        #expect(outcome.word == "refused" && !world.questions.contains("write"))
        #expect(world.situation.inUse.number == 2 && world.files[MachineWorld.table] == Self.two)
    }

    @Test("Another seed gives the table in use new times; nothing is published or written") func seed() async throws {
        var world = try await started(isShared: true)
        let now = world.now.wall
        _ = await world.tell(.draw(.drawn("second", at: now + .seconds(1))))
        _ = await world.store.keep(.drawn("first", at: now))
        let outcome = await world.tell(.seedDue)
        #expect(outcome.commands == ["one"] && world.questions == ["keepSeed", "admit"])
        let again = await world.tell(.seedDue)
        #expect(again.word == "unchanged" && world.situation.seed?.text == "first")
    }

    // MARK: One at a time

    @Test("What comes while another occasion goes on is refused, and disturbs nothing; an answer that nobody asked for is nothing")
    func oneAtATime()
        async throws
    {
        var world = MachineWorld()
        world.write(Self.one)
        guard case .ask(.survey)? = world.machine.handle(.start(.auto), at: world.now).last else { return #expect(Bool(false)) }
        guard case .finish(.unchanged)? = world.machine.handle(.follow, at: world.now).last, !world.machine.isResting else {
            return #expect(Bool(false), "it is refused")
        }
        var other = try await started()
        guard case .finish(.unchanged)? = other.machine.handle(.answered(.done), at: other.now).last else { return #expect(Bool(false)) }
        #expect(other.machine.isResting && other.situation.inUse.number == 1)
    }
}
