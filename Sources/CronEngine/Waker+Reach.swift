internal import CronJobs

extension Waker {
    /// Waits until the wall clock shows `time`, or so long: a clock that is set back does not hold up what was to start.
    nonisolated(nonsending) func reach(_ time: WallTime, _ clocks: any Clocks, within lead: Duration) async {
        let longest = clocks.monotonic + lead
        while true {
            let now = clocks.wall
            guard now < time, clocks.monotonic < longest else { return }
            // The loop may be asleep meanwhile.
            await wait(until: min(time, now + (longest - clocks.monotonic)))
        }
    }
}
