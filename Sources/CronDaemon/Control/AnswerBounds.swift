internal import CronJobs

// Whoever listens at a socket's path may be somebody else, and may say things without end. A verb keeps what it hears until it has heard all,
// so what it hears is bounded: by more than any service of ours says.

/// What is left of what the answer to a request may be.
struct AnswerBounds {
    /// The longest line is that of a service with very many stale jobs.
    static let line = 64 << 20

    /// `nil` is without end: of what goes on, nothing is kept.
    private var bytes: Int?
    private var parts: Int?

    init(_ request: ControlRequest) {
        guard !request.follows else { return }
        let isWholeTable = [.jobs, .files].contains(request.kind)
        bytes = (isWholeTable ? 256 : 64) << 20
        parts = (request.page?.limit ?? JobQuery.mostItems) + 16
    }

    /// - Parameters:
    ///   - count: how many bytes have come.
    ///   - held: of how many the line is that has no end yet.
    mutating func hear(_ count: Int, held: Int) throws(ControlRefusal) {
        bytes = bytes.map { $0 - count }
        guard (bytes ?? 0) >= 0, held <= Self.line else { throw Self.refusal }
    }

    mutating func hearPart() throws(ControlRefusal) {
        parts = parts.map { $0 - 1 }
        guard (parts ?? 0) >= 0 else { throw Self.refusal }
    }

    private static let refusal = ControlRefusal("the service's answer is larger than any that it gives: is it a crond?", code: 76)
}

extension ControlRequest {
    fileprivate var page: Page? {
        switch self {
        case .jobs(let query): query.page
        case .runs(let query): query.page
        default: nil
        }
    }

    /// Its answer goes on until one side ends it.
    fileprivate var follows: Bool {
        switch self {
        case .output(_, let follows): follows
        case .events(let query): query.follows
        default: false
        }
    }
}
