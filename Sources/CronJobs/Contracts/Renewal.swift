// What an owner hears with each renewal of its leases: what is not its own any more, and what others ask of it. So nobody needs to find the
// owner of a run: who asks writes it down beside the run, and within seconds the owner hears of it, as of a pause.

/// What an attempt that is entered does.
public enum AttemptState: Hashable, Sendable {
    /// Its owner is about to start it.
    case claimed
    /// It waits for a worker of a pool. Its owner, who renews it, is whoever put it there.
    case queued(pool: String)
    case running
}

/// What somebody asked of an open run.
public struct RunRequest: Hashable, Sendable {
    /// What can be asked.
    public enum Kind: String, Sendable, CaseIterable { case cancel }

    public static let mostBytesOfName = 256

    public var kind: Kind
    /// Who, in words.
    public var by: String
    public var at: WallTime

    public init(_ kind: Kind, by: String, at: WallTime) {
        self.kind = kind
        self.by = String(decoding: by.utf8.prefix(Self.mostBytesOfName), as: UTF8.self)
        self.at = at
    }
}

extension RunRequest {
    /// As stores keep it: kind, nanoseconds and name with a colon between.
    public var stored: String { "\(kind.rawValue):\(at.nanoseconds):\(by)" }

    /// `nil` for what is none, or is of a kind that this version does not know.
    public init?(stored: String) {
        let parts = stored.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let kind = Kind(rawValue: String(parts[0])), let at = Int64(parts[1]) else { return nil }
        self.init(kind, by: String(parts[2]), at: WallTime(nanoseconds: at))
    }
}

/// What a renewal answers.
public struct Renewal: Hashable, Sendable {
    /// An attempt that another node, which was given its fence, has started: that one renews it from now on.
    public struct HandedOver: Hashable, Sendable {
        public var run: OpenRun
        public var to: String

        public init(run: OpenRun, to: String) {
            self.run = run
            self.to = to
        }
    }

    /// What somebody asks of an attempt that is ours.
    public struct Request: Hashable, Sendable {
        public var run: OpenRun
        public var request: RunRequest

        public init(run: OpenRun, request: RunRequest) {
            self.run = run
            self.request = request
        }
    }

    /// No longer ours: decided, or taken over under another fence.
    public var lost: [OpenRun]
    public var handedOver: [HandedOver]
    /// What is asked of attempts that are ours; told again with each renewal until they end.
    public var requests: [Request]

    public init(lost: [OpenRun] = [], handedOver: [HandedOver] = [], requests: [Request] = []) {
        self.lost = lost
        self.handedOver = handedOver
        self.requests = requests
    }
}

/// Passes on what is asked of open runs, wherever they run.
public protocol RequestStore: Sendable {
    /// Asks something of a run. Its owner hears it with its next renewal; who asked first is kept in the run's record. `false` where no attempt
    /// of the run is open. Durable on return.
    func request(_ kind: RunRequest.Kind, of run: RunID, by: String, now: WallTime) async throws(StoreError) -> Bool
}

extension Ledger {
    /// Requests to the owners of runs; `nil` where nobody hears of them.
    public nonisolated var requests: (any RequestStore)? { self as? any RequestStore }

    /// For a ledger that nobody else uses: nothing is handed over, and nothing asked.
    public func renewal(of runs: [OpenRun], now: WallTime) async throws(StoreError) -> Renewal {
        Renewal(lost: try await renew(runs, now: now))
    }
}
