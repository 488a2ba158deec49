internal import CronJobs
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// Follows the newer tables that other replicas publish, and gives a shared store back what it lost of ours.
extension Service {
    /// Whoever can read the key can publish any table.
    func warnOfOpenKey() {
        guard let path = configuration.tableKeyFile else { return }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IROTH != 0 else { return }
        log.warning("the table's key can be read by others", .text("path", path), .text("remedy", "chmod 600, or mount it with mode 0400"))
    }

    /// Asks with each renewal of the leases: one small command.
    func followOthers() {
        guard let keeper, !stopping, !looking, watcher?.isBeingWritten != true else { return }
        looking = true
        Task(executorPreference: loop) { await self.followInTurn(keeper) }
    }

    private func followInTurn(_ keeper: TableKeeper) async {
        await tableLock.take()
        let ticket = keeperAnswers.begin()
        let checks = [await keeper.agreeOnSeed(), await keeper.follow()]
        await noteTableState(keeper)
        keeperAnswers.end(ticket)
        for check in checks {
            switch check {
            case .changed(let table): _ = await apply(table)
            case .unsettled: lookAgain = true
            case .unchanged: break
            }
        }
        tableLock.give()
        endLook()
    }
}
