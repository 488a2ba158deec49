internal import CronJobs
internal import LinuxEvents

/// Follows the newer tables that other replicas publish.
extension Service {
    /// Asks with each renewal of the leases: one small command.
    func followOthers() {
        guard let keeper, !stopping, !looking, watcher?.isBeingWritten != true else { return }
        looking = true
        Task(executorPreference: loop) { await self.followInTurn(keeper) }
    }

    private func followInTurn(_ keeper: TableKeeper) async {
        switch await keeper.follow() {
        case .changed(let table): _ = await apply(table)
        case .unsettled: lookAgain = true
        case .unchanged: break
        }
        endLook()
    }
}
