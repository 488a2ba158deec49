internal import LinuxEvents

extension EventLoop {
    func wait(_ length: Duration) async {
        await withCheckedContinuation { continuation in
            here { _ = self.after(length) { continuation.resume() } }
        }
    }

    /// What `work` answers, or nil after `limit`; then it goes on unheard. `work` is done on the loop.
    func within<Answer: Sendable>(_ limit: Duration, _ work: @escaping @Sendable () async -> Answer) async -> Answer? {
        let first = FirstAnswer<Answer>()
        return await withCheckedContinuation { continuation in
            here {
                first.continuation = continuation
                let timer = self.after(limit) { first.give(nil) }
                Task(executorPreference: self) {
                    let answer = await work()
                    self.perform {
                        self.cancel(timer)
                        first.give(answer)
                    }
                }
            }
        }
    }

    /// On the loop: at once where the caller is there.
    private func here(_ work: @escaping @Sendable () -> Void) {
        if isCurrent { work() } else { perform(work) }
    }
}

/// Goes to whoever waits, once. Event loop only.
private final class FirstAnswer<Answer: Sendable>: @unchecked Sendable {
    var continuation: CheckedContinuation<Answer?, Never>?

    func give(_ answer: Answer?) {
        continuation?.resume(returning: answer)
        continuation = nil
    }
}
