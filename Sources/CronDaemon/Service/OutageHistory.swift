internal import CronJobs
internal import LinuxEvents

/// When the store could not be used, as far as this life of the service remembers: for who asks later why something did not run.
final class OutageHistory: Sendable {
    private static let most = 64

    private let periods = Locked<[FireTimeAccount.OutagePeriod]>([])

    var all: [FireTimeAccount.OutagePeriod] { periods.withLock { $0 } }

    func note(_ event: ControlEvent) {
        periods.withLock { periods in
            switch event.kind {
            case .storeFailed:
                guard periods.last.map({ $0.until != nil }) ?? true else { return }
                if periods.count == Self.most { periods.removeFirst() }
                periods.append(.init(from: event.at, until: nil, reason: event.reason ?? ""))
            case .storeRecovered: if let last = periods.indices.last, periods[last].until == nil { periods[last].until = event.at }
            default: break
            }
        }
    }
}
