internal import CronJobs
internal import LinuxEvents

/// What webhooks are signed with now. From a file it is read again for each message; where that is of no use, the secret of before goes on signing, and
/// that is said.
final class SigningSecret: Sendable {
    private struct State {
        var secret: WebhookSecret?
        var fault: String?
    }

    private let file: String?
    private let state: Locked<State>
    private let log: Log

    /// - Parameters:
    ///   - first: what was read at the start.
    ///   - file: where it came from, if from a file.
    init(_ first: WebhookSecret?, file: String?, log: Log) {
        (self.file, self.log) = (file, log)
        state = Locked(State(secret: first))
    }

    /// Why the file cannot be used now.
    var fault: String? { state.withLock { $0.fault } }

    /// - Parameter blocking: where it may wait for the file.
    func current(_ blocking: ThreadExecutor) async -> WebhookSecret? {
        if let file { await Task(executorPreference: blocking) { self.read(file) }.value }
        return state.withLock { $0.secret }
    }

    private func read(_ file: String) {
        let result: Result<WebhookSecret, NamedFile.Fault>
        do throws(NamedFile.Fault) {
            let secret = WebhookSecret(try NamedFile.firstLine(of: file))
            result = secret.map { .success($0) } ?? .failure(NamedFile.Fault("\(file): what stands behind whsec_ is not Base64"))
        } catch { result = .failure(error) }
        take(result)
    }

    private func take(_ result: Result<WebhookSecret, NamedFile.Fault>) {
        let (before, now) = state.withLock { state in
            let before = state.fault
            switch result {
            case .success(let secret): (state.secret, state.fault) = (secret, nil)
            case .failure(let fault): state.fault = "the secret of before is used: \(fault.description)"
            }
            return (before, state.fault)
        }
        if let now, now != before { log.warning("the secret of webhooks cannot be read", .text("reason", now)) }
        if now == nil, before != nil { log.info("the secret of webhooks is read again") }
    }
}
