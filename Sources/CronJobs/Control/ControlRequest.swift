public import CronExpressions

// The contract by which a service is seen and steered, whoever asks: the socket today, other ways later. A request says what is wanted and
// needs a role; its answer is a list of parts, or a stream of them that lasts. What is asked for is filtered, sorted and cut into pages where
// the data is, so that no asker gets 100,000 jobs to find ten.
//
//     request ──▶ role enough? ──▶ Control.answer ──▶ parts … end
//                      │                  └─────────▶ events, gap(n) … until one side goes
//                      └── refused, with the exit code that a verb leaves with

/// What is asked of a running service.
public enum ControlRequest: Hashable, Sendable {
    case service
    case jobs(JobQuery)
    case runs(RunQuery)
    /// What became of a fire time, the last one where none is named, or why nothing did.
    case why(JobID, at: Instant?)
    /// All about one run.
    case run(RunChoice)
    /// What a run has written, as far as it is kept; and on request what it goes on to write.
    case output(RunChoice, follows: Bool)
    /// The files of the table in use.
    case table
    /// All versions of the table, newest first.
    case revisions
    /// What the files of a revision hold.
    case files(revision: Int)
    /// What happened last, what happens from now on, or both.
    case events(EventQuery)
    /// Until somebody ends it, or until then.
    case pause([JobID], until: WallTime?)
    case resume([JobID])
    /// A run of the job, now; forced, it starts beside whatever runs.
    case trigger(JobID, isForced: Bool)
    /// The end of a run, wherever it is.
    case cancel(RunID)
    /// Read the table again, now.
    case reload
    /// Make a revision the newest one, and write it to the table's files.
    case restore(revision: Int)
    /// Run something once.
    case at(OnceRequest)
    /// The jobs that are still to run once.
    case atList
    /// Take such jobs back.
    case atCancel([JobID])

    /// Which request it is; the raw value is its word on the wire.
    public enum Kind: String, Sendable, CaseIterable {
        case service, jobs, runs, why, run, output, table, revisions, files, events, pause, resume, trigger, cancel, reload, restore, at
        case atList = "at-list"
        case atCancel = "at-cancel"

        /// The role that it takes.
        public var role: ControlRole {
            switch self {
            case .service, .jobs, .runs, .why, .run, .output, .table, .revisions, .files, .events, .atList: .read
            case .pause, .resume, .trigger, .cancel, .reload, .atCancel: .operate
            case .restore, .at: .edit
            }
        }
    }

    public var kind: Kind {
        switch self {
        case .service: .service
        case .jobs: .jobs
        case .runs: .runs
        case .why: .why
        case .run: .run
        case .output: .output
        case .table: .table
        case .revisions: .revisions
        case .files: .files
        case .events: .events
        case .pause: .pause
        case .resume: .resume
        case .trigger: .trigger
        case .cancel: .cancel
        case .reload: .reload
        case .restore: .restore
        case .at: .at
        case .atList: .atList
        case .atCancel: .atCancel
        }
    }

    public var role: ControlRole { kind.role }
}

/// Answers requests. What it is implemented by looks at the role first.
public protocol Control: Sendable {
    func answer(_ request: ControlRequest, for asker: Asker) async throws(ControlRefusal) -> ControlAnswer
}

/// A request that is not granted or cannot be met: nothing was changed, unless the message says so.
public struct ControlRefusal: Error, Hashable, Sendable {
    public var message: String
    /// The exit code of a verb: sysexits.
    public var code: Int32

    public init(_ message: String, code: Int32 = 69) {
        self.message = message
        self.code = code
    }
}

extension ControlRequest {
    /// Throws where the asker's role is not enough.
    public func check(_ asker: Asker) throws(ControlRefusal) {
        guard asker.role < role else { return }
        throw ControlRefusal(
            "\(kind.rawValue) takes the role \(role.rawValue); this way of asking has only \(asker.role.rawValue)", code: 77)
    }
}
