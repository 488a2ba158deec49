internal import CronJobs

// Whether what the files hold now is what somebody means, or half of it.
//
//   a file that exists and cannot be read     keeps what it last held
//   empty after a table                       looked at again after 1 s
//   lines gone while a writer has it open     looked at again until it is closed, for 10 s at most
extension TableKeeper {
    private static let longestWrite = Duration.seconds(10)

    /// What the files hold; a file that exists and cannot be read keeps what it last held. `nil` where that is not known now.
    func readableSnapshot() async -> TableSnapshot? {
        var snapshot = TableReader.read(source)
        note(snapshot)
        let unreadable = Set(snapshot.problems.filter(\.keepsContent).map(\.path))
        guard !unreadable.isEmpty, appliedRevision != nil else { return snapshot }
        guard let held = try? await appliedFiles() else { return nil }
        let kept = held.filter { unreadable.contains($0.path) }
        let named = source.files + snapshot.files.map(\.path) + kept.map(\.path)
        let place = Dictionary(named.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        let isNamed = Set(source.files)
        snapshot.files = (snapshot.files + kept).sorted { a, b in
            isNamed.contains(a.path) || isNamed.contains(b.path)
                ? place[a.path, default: 0] < place[b.path, default: 0] : a.path < b.path
        }
        return snapshot
    }

    /// Lines are gone while the file is still open for writing: mostly the rest is on its way. Nobody waits longer than ten seconds for it.
    func waitForWriter(_ compiled: CompiledTable) async -> Duration? {
        let kept = Set(compiled.jobs.map(\.id))
        guard let files = try? await appliedFiles(),
            compiler.compile(files).jobs.contains(where: { !kept.contains($0.id) })
        else { return nil }
        let now = clocks.monotonic
        let since = writerSince ?? now
        writerSince = since
        let left = Self.longestWrite - (now - since)
        return left > .zero ? min(left, .seconds(1)) : nil
    }

    /// An empty file after a table counts only if it is still empty a second later: somebody may be writing it.
    func waitForEmpty(_ snapshot: TableSnapshot) -> Duration? {
        guard snapshot.isEmpty, !appliedEmpty else {
            emptySince = nil
            return nil
        }
        let now = clocks.monotonic
        guard let since = emptySince else {
            emptySince = now
            return .seconds(1)
        }
        let left = Duration.seconds(1) - (now - since)
        return left > .zero ? left : nil
    }
}
