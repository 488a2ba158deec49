internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Glibc

/// `crond status --check`. Whoever runs a health check knows success and failure, and calls one that takes long a failure: so this answers
/// 0 or 1, whatever is wrong, and never later than a moment.
enum HealthCheck: String, CaseIterable {
    /// It answers, and its store works.
    case works
    /// It is not degraded, either.
    case strict

    /// The service asks its store for one second at most, and this program must begin and end, too.
    private static let patience = (answer: Duration.milliseconds(1700), all: Duration.milliseconds(1900))

    func run(_ service: ServiceAddress, json: Bool) -> Never {
        TimeLimit.end(after: Self.patience.all, 1, "no answer within \(Self.patience.all.wholeMilliseconds) ms")
        let reasons = reasons(service).map { VisibleText.shown($0) }
        if json {
            let reasons = reasons.isEmpty ? nil : reasons
            Output.write(JSONValue.fields(["ok": reasons == nil, "reasons": reasons]).bytes + [10])
        } else if reasons.isEmpty {
            Output.line("ok")
        } else {
            for reason in reasons { Output.error("crond: \(reason)") }
        }
        exit(reasons.isEmpty ? 0 : 1)
    }

    /// Why it is not as it should be.
    private func reasons(_ service: ServiceAddress) -> [String] {
        do {
            guard let path = try service.configured().socket,
                case .service(let status)? = try ControlClient.ask(.service, at: path, within: Self.patience.answer)?.first
            else { return [service.noService] }
            if self == .strict { return status.degraded }
            return status.storeFault.map { [$0] } ?? []
        } catch let refusal as ControlRefusal {
            return [refusal.message]
        } catch {
            return ["\(error)"]
        }
    }
}
