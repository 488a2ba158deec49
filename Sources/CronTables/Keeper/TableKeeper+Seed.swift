public import CronJobs
internal import Crontabs

/// The seed of drawn times (`a~b`): one for all who use the store.
extension TableKeeper {
    /// From now on `a~b` is drawn from this seed; for a start, before it.
    public func draw(from seed: TableSeed) {
        self.seed = seed
        compiler.draws = DrawSource(seed.text)
    }

    /// The text of the seed, or what stands for one.
    public var drawsFrom: String { compiler.draws.text }

    /// Gives a shared store the seed that it may have lost, and takes over one that counts more than ours: then lines with `~` are edited.
    public func agreeOnSeed() async -> Check {
        guard sharing.isShared, let seed, let kept = try? await store.keep(seed), kept != seed else { return .unchanged }
        draw(from: kept)
        guard kept.text != seed.text else { return .unchanged }
        say(.drawnAnew(seed: kept.text, before: seed.text))
        // What holds for new rules of the zones holds here: the same text means other times.
        zonesChanged = true
        return await compileAgain()
    }
}
