internal import CronTables
internal import Glibc
internal import LinuxEvents

// Notices that the table's files may have changed.
//
// inotify is a hint; the content decides (TableKeeper). Watched are the folder of every file, the file's inode (a single-file bind mount
// changes without any event in its folder), and every folder on the way of a symbolic link (a ConfigMap swaps `..data`). After each hint the
// set of watches is made anew, because the file may be another inode now. Every 15 s the files are looked at without any hint.
//
// Whatever touches a path happens on the thread of `WatchList`: a file system that does not answer holds up that thread, and with it the
// looks at the table, and nothing else. When it answers, what the files are is compared there, too, and the keeper is asked only where they are
// others: its thread sleeps while nothing happens. The looks without a hint begin and end there; the loop sleeps on, but where one has found
// something, or has not ended after a second (`DeadMansTimer`).
//
//   a finished change (closed after writing, renamed, deleted, attributes) ── 10 ms ──▶ look
//   a bare modification ── 200 ms without another ──▶ look

/// Calls `look` on the loop when it is time to compare the table's files. Event loop only.
final class TableWatcher: @unchecked Sendable {
    /// Who is asked what the files are, and who notices that there is no answer.
    struct Asked {
        let list: WatchList
        let keeper: TableKeeper
        let answers: AnswerWatch
    }

    static let recheck = Duration.seconds(15)
    private static let settled = Duration.milliseconds(10)
    private static let quiet = Duration.milliseconds(200)

    private let loop: EventLoop
    private let look: () -> Void
    private let asked: Asked
    private var inotify: FileWatch?
    /// The watches are being made anew, and what is to follow.
    private var isRenewing = false
    private var renewsAgain = false
    /// Of the table's files, as their folders tell of them.
    private let names: Set<String>
    private var pending: TimerToken?
    private var pendingIsQuiet = false
    /// Of a look without a hint.
    private var silence: DeadMansTimer?
    private(set) var problem: String?
    private var isStopped = false
    /// Names with a modification and no close after it, by watch; the empty name is the watched file itself.
    private var writing: [Int32: Set<String>] = [:]

    /// Whether somebody has a file of the table open and has changed it: what it holds now may be half of what is meant.
    var isBeingWritten: Bool { writing.contains { !$0.value.isEmpty } }

    init(loop: EventLoop, source: TableSource, _ asked: Asked, look: @escaping () -> Void) {
        self.loop = loop
        self.look = look
        self.asked = asked
        names = Set(source.files.map { String($0.split(separator: "/").last ?? "") })
        do {
            // Then somebody waits for an answer who says so where none comes.
            silence = try DeadMansTimer(loop: loop) { [unowned self] in renewAndLook() }
            inotify = try FileWatch(loop: loop) { [unowned self] event in hint(event) }
        } catch {
            problem = "\(error)"
        }
        renewAndLook()
        keepLooking()
    }

    /// Looks again after `wait`, whatever happens.
    func lookAgain(after wait: Duration) { schedule(wait, isQuiet: false) }

    func stop() {
        isStopped = true
        if let pending { loop.cancel(pending) }
        asked.list.stop()
        silence?.close()
        inotify?.close()
        inotify = nil
    }

    private func keepLooking() {
        Task(executorPreference: asked.list.executor) { [weak self, loop, asked, silence, paths = inotify?.paths] in
            await asked.list.keepLooking(every: Self.recheck, paths, silence, asked.keeper.isUnchanged) { [weak self] in
                loop.perform { [weak self] in
                    guard let self, !self.isStopped else { return }
                    self.look()
                }
            }
        }
    }

    private func noteWriter(_ event: FileWatch.Event) {
        guard case .changed(let id, let mask, let name) = event else { return writing = [:] }
        if !mask.isDisjoint(with: [.ended, .deletedSelf]) {
            writing[id] = nil
        } else if mask.contains(.modified) {
            if name.isEmpty || names.contains(name) { writing[id, default: []].insert(name) }
        } else if !mask.isDisjoint(with: [.closedAfterWriting, .movedFrom, .movedTo, .movedSelf, .deleted]) {
            writing[id]?.remove(name)
        }
    }

    private func hint(_ event: FileWatch.Event) {
        noteWriter(event)
        switch event {
        case .changed(_, let mask, _) where mask.isDisjoint(with: [.modified, .ended]) == false && mask.isSubset(of: [.modified, .ended]):
            if mask.contains(.ended) { schedule(Self.settled, isQuiet: false) } else { schedule(Self.quiet, isQuiet: true) }
        default:
            schedule(Self.settled, isQuiet: false)
        }
    }

    /// A finished change is looked at soon, whatever bare modification is being waited for.
    private func schedule(_ wait: Duration, isQuiet: Bool) {
        if let pending {
            if !pendingIsQuiet, isQuiet { return }
            loop.cancel(pending)
        }
        pendingIsQuiet = isQuiet
        pending = loop.after(wait) { [unowned self] in
            pending = nil
            renewAndLook()
        }
    }

    /// Makes the watches anew on their thread, and looks where something is new.
    private func renewAndLook() {
        guard !isRenewing else { return renewsAgain = true }
        isRenewing = true
        let ticket = asked.answers.begin()
        Task(executorPreference: asked.list.executor) { [loop, asked, paths = inotify?.paths] in
            let isUnchanged = await asked.list.renew(paths, asked.keeper.isUnchanged)
            loop.perform { self.renewed(ticket, isUnchanged: isUnchanged) }
        }
    }

    private func renewed(_ ticket: AnswerWatch.Ticket, isUnchanged: Bool) {
        isRenewing = false
        asked.answers.end(ticket)
        guard !isStopped else { return }
        if !isUnchanged { look() }
        guard renewsAgain else { return }
        renewsAgain = false
        renewAndLook()
    }
}
