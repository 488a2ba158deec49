internal import CronJobs

// Whether what the files hold now is what somebody means, or half of it.
//
//   a file that exists and cannot be read     keeps what it last held
//   empty after a table                       looked at again after 1 s
//   lines gone while a writer has it open     looked at again until it is closed, for 10 s at most
extension TableKeeper {
    private static let longestWrite = Duration.seconds(10)

    /// Lines are gone while the file is still open for writing: mostly the rest is on its way. Nobody waits longer than ten seconds for it.
    func waitForWriter(_ compiled: CompiledTable) async -> Duration? {
        let kept = Set(compiled.jobs.map(\.id))
        guard let files = try? await appliedFiles(),
            self.compiled(files).jobs.contains(where: { !kept.contains($0.id) })
        else { return nil }
        let now = clocks.monotonic
        let since = writerSince ?? now
        writerSince = since
        let left = Self.longestWrite - (now - since)
        return left > .zero ? min(left, .seconds(1)) : nil
    }

    /// An empty file after one with text counts only if it is still empty a second later: somebody may be writing it.
    func waitForEmpty(_ look: Look) -> Duration? {
        let isEmptied = look.changed.contains { look.there.hashes[$0] == Self.empty && settled.hashes[$0] ?? Self.empty != Self.empty }
        guard isEmptied else {
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

    private static let empty = TableHash.hash(content: [])
}
