// tidy: helper
import CronExpressions
import CronJobs
import Crontabs

@testable import CronTables

/// Drives the machine by hand: files that are nothing but texts, a store in memory, a service that lets all jobs run. Keeps what was asked, in order.
struct MachineWorld {
    static let table = "/t/table", dropIns = "/t/drop"

    let store: MemoryRevisionStore
    /// Without files, and so without changes.
    private let zones = ZoneDatabase(directory: "/nowhere")
    var machine: TableMachine
    var now = TableMoment(wall: WallTime(Instant(1_814_400_000)), monotonic: MonotonicTime(nanoseconds: 0))
    /// The table's files.
    private(set) var files: [String: String] = [:]
    private var stamps: [String: TableSnapshot.Stamp] = [:]
    private var writes: UInt64 = 0
    /// Paths whose files must not be used, with the reason.
    var unusable: [String: String] = [:]
    /// Paths that nothing can be written to.
    var protected: Set<String> = []
    /// What somebody saves into the table right before it is written.
    var saved: String?
    var marks: [JobID: Instant] = [:]
    /// What fails, by the word of its question.
    var fails: Set<String> = []
    /// What is asked in place of the true answer.
    var lie: ((TableMachine.Question) -> TableMachine.Answer?)?
    /// Right before it is answered.
    var before: ((TableMachine.Question, MemoryRevisionStore) async -> Void)?
    private(set) var asked: [TableMachine.Question] = []
    private(set) var told: [TableEvent] = []
    private(set) var calm: [TableSnapshot.Stamp]?

    /// - Parameter isServed: a service schedules the table.
    init(isServed: Bool = true, isShared: Bool = false, strict: Bool = false, store: MemoryRevisionStore = MemoryRevisionStore()) {
        self.store = store
        let source = TableSource(files: [Self.table], dropInFolders: [Self.dropIns], format: .user)
        machine = TableMachine(
            TableSituation(
                source: source, sharing: TableSharing(isShared: isShared, follows: isShared), strict: strict, isServed: isServed,
                compiler: TableCompiler(format: .user, zone: .utc, zones: .system, host: "host")))
    }

    var situation: TableSituation { machine.situation }

    /// The words of what was asked.
    var questions: [String] { asked.map(Self.word) }

    static func word(_ question: TableMachine.Question) -> String { String("\(question)".prefix { $0.isLetter }) }

    mutating func forget() { (asked, told) = ([], []) }

    mutating func write(_ text: String?, to path: String = table) {
        writes += 1
        files[path] = text
        let time = now.wall.nanoseconds
        stamps[path] = text.map {
            TableSnapshot.Stamp(path: path, device: 1, inode: writes, size: Int64($0.utf8.count), modified: time, changed: time)
        }
    }

    mutating func pass(_ seconds: Int64) {
        now.wall = now.wall + .seconds(seconds)
        now.monotonic = MonotonicTime(nanoseconds: now.monotonic.nanoseconds + seconds * 1_000_000_000)
    }

    // MARK: Driving

    /// `nil` where it comes to no end.
    mutating func tell(_ event: TableMachine.Event) async -> TableMachine.Outcome? {
        var effects = machine.handle(event, at: now)
        for _ in 0..<500 {
            guard let question = take(effects) else { break }
            asked.append(question)
            await before?(question, store)
            effects = machine.handle(.answered(await answer(question)), at: now)
        }
        guard case .finish(let outcome)? = effects.last else { return nil }
        return outcome
    }

    private mutating func take(_ effects: [TableMachine.Effect]) -> TableMachine.Question? {
        for effect in effects {
            switch effect {
            case .tell(let events): told += events
            case .calm(let stamps): calm = stamps
            case .ask(let question): return question
            case .finish: return nil
            }
        }
        return nil
    }

    private mutating func answer(_ question: TableMachine.Question) async -> TableMachine.Answer {
        if fails.contains(Self.word(question)) { return .failed(StoreError(.unavailable, "it is away")) }
        if let answer = lie?(question) { return answer }
        do throws(StoreError) { return try await truth(question) } catch { return .failed(error) }
    }

    private mutating func truth(_ question: TableMachine.Question) async throws(StoreError) -> TableMachine.Answer {
        let trust = RevisionTrust(store: store, seal: nil)
        switch question {
        case .glance: return .glance(snapshot.stamps, passedOver: [])
        case .read: return .snapshot(snapshot)
        case .survey: return .survey(TableSurvey(snapshot))
        case .readOnlyFile: return .path(protected.first)
        case .write(let written, let removed): return place(written, removed)
        case .zones: return .zones(zones.refresh(), own: nil)
        case .newest: return .newest(try await trust.newest())
        case .newestNumber: return .number(await store.newestNumber())
        case .standing(let number): return .standing(try await store.standing(of: number))
        case .judge(let revision): return .judged(try await trust.judge(revision))
        case .files(let number), .anyFiles(let number): return .files(await store.files(of: number))
        case .revisions: return .revisions(await store.revisions())
        case .had(let path): return .flag(try await trust.had(path: path))
        case .hadBefore(let number, let files): return .flag(try await trust.hadBefore(number, files))
        case .publish(let new):
            return .published(try await store.append(new.files, hash: new.hash, origin: new.origin, now: now.wall, terms: new.terms))
        case .note(let attributes, let number):
            await store.note(attributes, of: number)
            return .done
        case .bases(let host): return .bases(await store.bases(of: host))
        case .setBase(let text, let host):
            await store.setBase(text, of: host, now: now.wall)
            return .done
        case .keepSeed(let seed): return .seed(await store.keep(seed))
        case .admit(let table): return .admitted(.init(table: table, marks: marks))
        case .cache: return .cache(nil)
        case .setCache: return .done
        }
    }

    private var snapshot: TableSnapshot {
        var snapshot = TableSnapshot()
        for (path, text) in files.sorted(by: { ($0.key != Self.table ? 1 : 0, $0.key) < ($1.key != Self.table ? 1 : 0, $1.key) }) {
            if let reason = unusable[path] {
                snapshot.problems.append(.init(path: path, message: reason))
            } else {
                snapshot.files.append(TableFile(path: path, content: Array(text.utf8)))
            }
            if let stamp = stamps[path] { snapshot.stamps.append(stamp) }
        }
        if files[Self.table] == nil { snapshot.absent = [Self.table] }
        snapshot.folders = [Self.dropIns: FolderIdentity(inode: 1, born: 1)]
        return snapshot
    }

    private func isThere(_ expected: FileReplacement.Expected, at path: String) -> Bool {
        switch expected {
        case .anything: true
        case .content(let bytes): files[path].map { Array($0.utf8) } == bytes
        case .absent: files[path] == nil
        }
    }

    private mutating func place(_ written: [TableWrite], _ removed: [String]) -> TableMachine.Answer {
        var failures: [String: FileReplacement.Failure] = [:]
        if let saved { write(saved) }
        saved = nil
        for item in written {
            let file = item.file
            if protected.contains(file.path) {
                failures[file.path] = .reason("it is protected")
            } else if !isThere(item.over, at: file.path) {
                failures[file.path] = .changed
            } else {
                write(String(decoding: file.content, as: UTF8.self), to: file.path)
            }
        }
        for path in removed { write(nil, to: path) }
        return .written(failures: failures, snapshot)
    }

    // MARK: Others

    /// Another service publishes.
    func publish(_ text: String) async throws {
        let files = [TableFile(path: Self.table, content: Array(text.utf8))]
        _ = try await store.append(files, hash: TableHash.hash(files), origin: .edited, now: now.wall)
    }

    func content(of revision: Int) async -> String? {
        await store.files(of: revision)?.first.map { String(decoding: $0.content, as: UTF8.self) }
    }
}

extension TableMachine.Outcome? {
    /// The commands of the table that is handed out; `nil` where none is.
    var commands: [String]? {
        guard case .changed(let table)? = self else { return nil }
        return table.compiled.jobs.map { $0.command?.text ?? "" }
    }

    /// Its kind.
    var word: String { self.map { String("\($0)".prefix { $0.isLetter }) } ?? "none" }
}
