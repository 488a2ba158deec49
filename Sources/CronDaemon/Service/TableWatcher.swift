internal import Glibc
internal import LinuxEvents

// Notices that the table's files may have changed.
//
// inotify is a hint; the content decides (TableKeeper). Watched are the folder of every file, the file's inode (a single-file bind mount
// changes without any event in its folder), and every folder on the way of a symbolic link (a ConfigMap swaps `..data`). After each hint the
// set of watches is made anew, because the file may be another inode now. Every 15 s the files are looked at without any hint.
//
//   a finished change (closed after writing, renamed, deleted, attributes) ── 10 ms ──▶ look
//   a bare modification ── 200 ms without another ──▶ look

/// Calls `look` on the loop when it is time to compare the table's files.
final class TableWatcher {
    static let recheck = Duration.seconds(15)
    private static let settled = Duration.milliseconds(10)
    private static let quiet = Duration.milliseconds(200)

    private let loop: EventLoop
    private let source: TableSource
    private let look: () -> Void
    private var inotify: FileWatch?
    private var watched: [String: Int32] = [:]
    /// Of the table's files, as their folders tell of them.
    private let names: Set<String>
    private var pending: TimerToken?
    private var pendingIsQuiet = false
    private var periodic: TimerToken?
    private(set) var problem: String?
    /// Names with a modification and no close after it, by watch; the empty name is the watched file itself.
    private var writing: [Int32: Set<String>] = [:]

    /// Whether somebody has a file of the table open and has changed it: what it holds now may be half of what is meant.
    var isBeingWritten: Bool { writing.contains { !$0.value.isEmpty } }

    init(loop: EventLoop, source: TableSource, look: @escaping () -> Void) {
        self.loop = loop
        self.source = source
        self.look = look
        names = Set(source.files.map { String($0.split(separator: "/").last ?? "") })
        do {
            inotify = try FileWatch(loop: loop) { [unowned self] event in hint(event) }
        } catch {
            problem = "\(error)"
        }
        watch()
        schedulePeriodic()
    }

    /// Looks again after `wait`, whatever happens.
    func lookAgain(after wait: Duration) { schedule(wait, isQuiet: false) }

    func stop() {
        if let pending { loop.cancel(pending) }
        if let periodic { loop.cancel(periodic) }
        inotify?.close()
        inotify = nil
    }

    private func schedulePeriodic() {
        periodic = loop.after(Self.recheck) { [unowned self] in
            watch()
            look()
            schedulePeriodic()
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
            watch()
            look()
        }
    }

    // MARK: What is watched

    private func watch() {
        guard let inotify else { return }
        var wanted: [String: FileWatch.Mask] = [:]
        for folder in source.dropInFolders { add(folder, isFolder: true, to: &wanted) }
        for path in source.files { add(path, isFolder: false, to: &wanted) }
        for path in watched.keys where wanted[path] == nil {
            if let id = watched.removeValue(forKey: path) { inotify.remove(id) }
        }
        for (path, mask) in wanted {
            // Adding a path again follows it to the inode that it names now.
            watched[path] = try? inotify.add(path, mask)
        }
    }

    private static let folderMask: FileWatch.Mask = [
        .created, .movedTo, .movedFrom, .deleted, .closedAfterWriting, .modified, .attributes, .deletedSelf, .movedSelf,
    ]
    private static let fileMask: FileWatch.Mask = [.modified, .closedAfterWriting, .attributes, .deletedSelf, .movedSelf]

    private func add(_ path: String, isFolder: Bool, to wanted: inout [String: FileWatch.Mask]) {
        var path = path
        for _ in 0..<16 {
            wanted[existingFolder(of: isFolder ? path + "/." : path)] = Self.folderMask
            guard let target = Self.linkTarget(path) else { break }
            path = target
        }
        if !isFolder, access(path, F_OK) == 0 { wanted[path] = Self.fileMask }
    }

    /// The folder of a path, or its nearest parent that exists.
    private func existingFolder(of path: String) -> String {
        var folder = Self.parent(path)
        while folder != "/", access(folder, F_OK) != 0 { folder = Self.parent(folder) }
        return folder
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Where a symbolic link on the way of `path` leads, one step; folders on the way may be links, too.
    private static func linkTarget(_ path: String) -> String? {
        var prefix = ""
        let parts = path.split(separator: "/", omittingEmptySubsequences: true)
        for (index, part) in parts.enumerated() {
            prefix += (index > 0 || path.hasPrefix("/") ? "/" : "") + part
            var buffer = [UInt8](repeating: 0, count: 4096)
            let length = buffer.withUnsafeMutableBytes { bytes in
                bytes.baseAddress.map { readlink(prefix, $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? -1
            }
            guard length > 0 else { continue }
            let target = String(decoding: buffer[..<length], as: UTF8.self)
            let base = target.hasPrefix("/") ? target : parent(prefix) + "/" + target
            return ([base] + parts[(index + 1)...].map(String.init)).joined(separator: "/")
        }
        return nil
    }
}
