internal import CLinux
internal import CronJobs
internal import LinuxEvents

// Who was killed for want of memory: a KILL that was not ours, while the kernel's count of such kills rose: that of the run's own control group, else
// that of the group which the service and all its runs are in. Then two runs that were killed at the same time, one of them by hand, are both
// taken for it.
extension ProcessRunner {
    /// The count of our surroundings, which is read at most once a second: a minute may start thousands.
    func recentMemoryKills() -> Int64? {
        guard let path = options.memoryEvents else { return nil }
        let now = clocks.monotonic
        if let last = memoryKills, now - last.at < .seconds(1) { return last.count }
        guard let count = MemoryKills.count(in: path) else { return nil }
        memoryKills = (count, now)
        return count
    }

    /// Whether a run that ended so, by nobody's wish, was killed for want of memory.
    func wasKilledForMemory(_ process: RunningProcess, _ outcome: Outcome) -> Bool {
        if let group = process.group {
            // The shell between has an exit code for it.
            let isKill = outcome == .failed(.signal(SIGKILL)) || outcome == .failed(.exit(128 + SIGKILL))
            return isKill && group.memoryKills > 0
        }
        guard outcome == .failed(.signal(SIGKILL)), let before = process.memoryKillsBefore, let path = options.memoryEvents else {
            return false
        }
        return MemoryKills.count(in: path).map { $0 > before } ?? false
    }

    /// Removes a run's control group: now, or once what was left in it has ended.
    func remove(_ group: RunGroup) {
        leftGroups.append(group)
        leftGroups.removeAll { $0.remove() }
        guard !leftGroups.isEmpty, !groupsAreLookedAt else { return }
        groupsAreLookedAt = true
        loop.after(.seconds(15)) { [self] in
            groupsAreLookedAt = false
            if let group = leftGroups.popLast() { remove(group) }
        }
    }
}
