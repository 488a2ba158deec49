internal import CronJobs
internal import CronTables
internal import Crontabs
internal import Glibc
internal import LinuxEvents

/// Which paths are watched for a table: on a thread of its own, because each of these calls may wait for a file system.
actor WatchList {
    nonisolated let executor = ThreadExecutor()
    private let source: TableSource
    private var watched: [String: Int32] = [:]
    private nonisolated let current = Locked<String?>(nil)
    private nonisolated let isStopped = Locked(false)

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// The path that is being touched now.
    nonisolated var touching: String? { current.withLock { $0 } }

    init(_ source: TableSource) { self.source = source }

    /// Watches what is to be watched now, and nothing else. When it returns, every folder and file of the table has answered.
    ///
    /// - Parameter isUnchanged: asked last, on this thread.
    @discardableResult
    func renew(_ paths: FileWatch.Paths?, _ isUnchanged: () -> Bool = { false }) -> Bool {
        var wanted: [String: FileWatch.Mask] = [:]
        for folder in source.dropInFolders {
            touch(folder)
            add(folder, isFolder: true, to: &wanted)
            for name in TableReader.names(in: folder) where Crontab.isDropInName(name) {
                touch("\(folder)/\(name)")
                var status = stat()
                _ = stat("\(folder)/\(name)", &status)
            }
        }
        for path in source.files {
            touch(path)
            add(path, isFolder: false, to: &wanted)
        }
        if let paths { watch(wanted, paths) }
        defer { touch(nil) }
        return isUnchanged()
    }

    /// Looks by itself until it is stopped.
    ///
    /// - Parameters:
    ///   - silence: goes off where a look takes more than a second.
    ///   - changed: called, on this thread, where the files are others than `isUnchanged` knows.
    func keepLooking(
        every interval: Duration, _ paths: FileWatch.Paths?, _ silence: DeadMansTimer?, _ isUnchanged: @Sendable () -> Bool,
        changed: @Sendable () -> Void
    ) async {
        while true {
            await withCheckedContinuation { waited in executor.run(after: interval) { waited.resume() } }
            guard !isStopped.withLock({ $0 }) else { return }
            silence?.set(.seconds(1))
            let isUnchanged = renew(paths, isUnchanged)
            silence?.takeBack()
            if !isUnchanged { changed() }
        }
    }

    nonisolated func stop() { isStopped.withLock { $0 = true } }

    private func touch(_ path: String?) { current.withLock { $0 = path } }

    private func watch(_ wanted: [String: FileWatch.Mask], _ paths: FileWatch.Paths) {
        for path in watched.keys where wanted[path] == nil {
            if let id = watched.removeValue(forKey: path) { paths.remove(id) }
        }
        for (path, mask) in wanted {
            touch(path)
            // Adding a path again follows it to the inode that it names now.
            watched[path] = try? paths.add(path, mask)
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
