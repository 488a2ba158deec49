import CronJobs
import Testing

@testable import CronTables

@Suite("What the keeper remembers, each idea by itself") struct KeptStateTests {
    private func at(_ seconds: Int64) -> MonotonicTime { MonotonicTime(nanoseconds: seconds * 1_000_000_000) }

    @Test("An emptied file is looked at again for a second; one with text ends the waiting") func emptied() {
        var patience = WritingPatience()
        let waits = [(true, 10), (true, 11), (false, 12), (true, 20)].map { patience.wait(isEmptied: $0, at: at($1)) }
        #expect(waits == [.seconds(1), nil, nil, .seconds(1)], "after one with text it counts anew")
    }

    @Test("A writer is waited for a second at a time, and for ten in all") func writer() {
        var patience = WritingPatience()
        let waits = [0, 9, 10].map { patience.waitForWriter(at: at($0)) }
        #expect(waits == [.seconds(1), .seconds(1), nil])
    }

    @Test("Who knows of a newer revision than its own leaves a loss to others for four looks; nobody else waits") func patience() {
        var state = FollowState()
        state.use(3)
        let newest = state.putsBack()
        state.passBy(5)
        state.use(3)
        let older = (0..<6).map { _ in state.putsBack() }
        state.use(6)
        let again = state.putsBack()
        #expect(newest && again && older == [false, false, false, false, true, true])
    }

    @Test("A store that lost revisions may count anew; a number in use is never forgotten") func countsAnew() {
        var state = FollowState()
        state.use(7)
        state.look(at: 9)
        state.meet(8, isLost: false)
        #expect(state.lookedAt == 9)
        state.meet(2, isLost: true)
        state.use(2)
        #expect(state.lookedAt == 0 && state.greatest == 7)
    }

    @Test("A named file that was deleted has no base until it is back; others' words about other files stay") func deleted() {
        var bases = HostBases()
        var base = TableBase()
        base.setBase(.known(.bytes("aa")), of: "/t")
        bases.begin(base, once: ["x-2"])
        bases.note(deleted: ["/t"], seen: [], folders: [:])
        #expect(bases.base.base(of: "/t") == .unknown)
        var stored = base
        stored.unknown = ["/other"]
        let isNew = bases.join(stored, isStart: false, left: [:], replaced: [], of: TableSource(files: ["/t", "/other"]))
        #expect(isNew && bases.base.unknown == ["/t", "/other"])
        bases.note(deleted: [], seen: [], folders: [:])
        #expect(bases.base.base(of: "/t") == .known(.bytes("aa")))
        bases.keepOnce { [] }
        #expect(bases.base.once.isEmpty)
    }

    @Test("What is written is not written again, but once a day and after a loss") func written() {
        var bases = HostBases()
        let identity = FileIdentity(inode: 1, size: 2, modified: 3, changed: 4), now = WallTime(nanoseconds: 0)
        #expect(!bases.isWritten([:]))
        bases.noteWritten(["/t": identity], at: now)
        #expect(bases.isWritten(["/t": identity]) && !bases.isWritten([:]))
        let isOld = [86_400, 86_401].map { bases.isOld(at: now + .seconds($0)) }
        #expect(isOld == [false, true] && !bases.isWritten(["/t": identity]))
        bases.noteWritten(["/t": identity], at: now)
        bases.forgetWritten()
        #expect(!bases.isWritten(["/t": identity]))
    }

    @Test("A content in use knows its stale files and bad lines, and stays the same under another number") func inUse() {
        var table = CompiledTable()
        table.paths = ["/a", "/b"]
        table.faults = [.init(place: .init(file: 1, line: 2), name: nil)]
        let revision = Revision(number: 4, createdAt: WallTime(nanoseconds: 0), origin: .edited, hash: "ab")
        let files = [TableFile(path: "/a", content: []), TableFile(path: "/b", content: [])]
        let alone = TableInUse(revision, files, hash: "ab", table, restored: ["/b", "/gone"], keepsFiles: false)
        #expect(alone.files == nil && alone.badLines == 1 && alone.restored == ["/b"] && alone.stalePaths.isEmpty)
        let shared = TableInUse(revision, files, hash: "ab", table, restored: [], keepsFiles: true)
        var newer = revision
        newer.number = 9
        #expect(shared.renumbered(newer).number == 9 && shared.renumbered(newer).files == files)
    }
}
