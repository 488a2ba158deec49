internal import CronJobs

// What a look at the files says, and the content that follows from it: what was found, but for files that keep what they last held.
//
//      cannot be used, or deleted by name      what is in use of it
//      differs from what is in use, unchanged  what is in use of it: it was refused, or a revision could not be written into it
//      refused now                             what is in use of it
//      anything else                           what was found

extension TableKeeper {
    struct Look {
        var there: SettledFiles
        /// Files that keep what they last held, whatever stands there now.
        var kept: Set<String> = []
        var gone: [String] = []
        /// Files that hold another content than when they were last looked at.
        var changed: Set<String> = []
    }

    struct Content {
        var files: [TableFile]
        var hash = ""
        var compiled: CompiledTable
        /// Changed files that are not used, with the reason.
        var refused: [String: String] = [:]
        /// What is to be said about them.
        var diagnosed = CompiledTable()
    }

    func look(at snapshot: TableSnapshot) -> Look {
        var look = Look(there: SettledFiles(snapshot, hash: hash))
        for problem in snapshot.problems where problem.keepsContent {
            guard problem.kind == .folderOfDropIns else {
                look.kept.insert(problem.path)
                continue
            }
            look.kept.formUnion(inUse.paths.union(settled.hashes.keys).filter { TableSource.folder(of: $0) == problem.path })
        }
        look.gone = snapshot.absent.filter { inUse.paths.contains($0) && settled.hashes[$0] != nil }
        look.kept.formUnion(look.gone)
        look.changed = settled.changes(to: look.there).subtracting(look.kept)
        return look
    }

    /// The hash of a file's bytes, which are hashed once a look.
    func hash(_ file: TableFile) -> String {
        if let known = hashed[file.path], known.content == file.content { return known.hash }
        let hash = TableHash.hash(content: file.content)
        hashed[file.path] = (file.content, hash)
        return hash
    }

    /// Throws where it cannot be told what a file held.
    func content(of snapshot: TableSnapshot, _ look: Look) async throws(StoreError) -> Content {
        var kept = look.kept.union(settled.differing.subtracting(look.changed))
        var content = Content(files: try await files(snapshot, keeping: kept), compiled: CompiledTable())
        // Each round refuses a file more; the last one takes what is left.
        for _ in 0...look.changed.count {
            content.compiled = compiled(content.files)
            var unusable = unusable(content.compiled)
            if unusable.isEmpty { break }
            if let reason = unusable.values.first, look.changed.isDisjoint(with: unusable.keys) {
                // What changed made another file's lines wrong.
                for path in look.changed { unusable[path] = reason }
            }
            let refused = unusable.filter { look.changed.contains($0.key) && !kept.contains($0.key) }
            guard !refused.isEmpty else { break }
            if content.diagnosed.diagnostics.isEmpty { content.diagnosed = content.compiled }
            content.refused.merge(refused) { first, _ in first }
            kept.formUnion(refused.keys)
            content.files = try await files(snapshot, keeping: kept)
        }
        content.hash = TableHash.hash(content.files)
        return content
    }

    private func files(_ snapshot: TableSnapshot, keeping kept: Set<String>) async throws(StoreError) -> [TableFile] {
        let found = snapshot.files.filter { !kept.contains($0.path) }
        guard !kept.isDisjoint(with: inUse.paths) else { return found }
        let held = try await filesInUse() ?? []
        return source.ordered(found + held.filter { kept.contains($0.path) })
    }

    // MARK: Waiting

    /// Waits where jobs of the table in use are not in this one, while a file of it is open for writing.
    func waitForWriter(_ compiled: CompiledTable) async -> Duration? {
        let kept = Set(compiled.jobs.map(\.id))
        guard let files = try? await filesInUse(), self.compiled(files).jobs.contains(where: { !kept.contains($0.id) }) else { return nil }
        return patience.waitForWriter(at: clocks.monotonic)
    }

    func waitForEmpty(_ look: Look) -> Duration? {
        let empty = TableHash.ofNothing
        let isEmptied = look.changed.contains { look.there.hashes[$0] == empty && settled.hashes[$0] ?? empty != empty }
        return patience.wait(isEmptied: isEmptied, at: clocks.monotonic)
    }
}
