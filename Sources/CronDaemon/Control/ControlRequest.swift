internal import CronJobs
public import CronTables
internal import FoundationEssentials

/// What a verb asks of a running service: one JSON object on a line.
public struct ControlRequest: Codable, Sendable {
    public enum Verb: String, Codable, Sendable {
        case status, reload, pause, resume
        case tableLog = "table-log"
        case tableShow = "table-show"
        case tableList = "table-list"
        case tableRestore = "table-restore"
    }

    public var verb: Verb
    public var revision: Int?
    /// The jobs that `pause` and `resume` are about.
    public var jobs: [String]?

    public init(_ verb: Verb, revision: Int? = nil, jobs: [String]? = nil) {
        self.verb = verb
        self.revision = revision
        self.jobs = jobs
    }
}

/// The service's answer: one JSON object on a line. Exactly the fields that the verb has are set.
public struct ControlResponse: Codable, Sendable {
    public struct Status: Codable, Sendable {
        public var name: String
        public var version: String
        public var pid: Int32
        public var incarnation: Int64
        public var jobs: Int
        public var staleJobs: [String]
        public var running: [String]
        public var paused: [String]
        public var nextFireTime: String?
        public var revision: Int?
        public var store: String
        public var durability: String
        /// What `a~b` is drawn from.
        public var seed: String
        /// The store's clock minus this machine's; jobs go by the store's.
        public var clockDifferenceMs: Int64?
        public var degraded: [String]
        /// Where the shown jobs without a name stand.
        public var places: [JobPlace]?
    }

    public struct JobPlace: Codable, Sendable {
        public var job: String
        /// `/etc/crontab:12`.
        public var at: String
    }

    public struct RevisionLine: Codable, Sendable {
        public var number: Int
        public var createdAt: String
        public var origin: String
        public var hash: String
        public var intact: Bool
        public var current: Bool
        /// `valid`, `missing` or `wrong` by the service's key; without a key `unchecked` where there is one, else nothing.
        public var signature: String?
        /// Who published it, and for whom.
        public var host: String?
        public var author: String?
    }

    /// A file of the table in use.
    public struct TableFileLine: Codable, Sendable {
        public var path: String
        /// As it is on the disk, in octal digits; `nil` where there is none.
        public var mode: String?
        public var owner: String?
        public var entries: Int
        public var revision: Int?
        /// `as found`, `restored`, `refused`, `stale`, `gone` or `not written`.
        public var state: String
        public var reason: String?

        init(_ file: ListedFile) {
            path = file.path
            mode = file.attributes.map { String($0.mode, radix: 8) }
            owner = file.attributes.map { "\($0.user):\($0.group)" }
            (entries, revision, state, reason) = (file.entries, file.revision, file.use.rawValue, file.reason)
        }
    }

    public struct File: Codable, Sendable {
        public var path: String
        public var base64: String
    }

    public struct Change: Codable, Sendable {
        public var added: Int
        public var changed: Int
        public var removed: Int
        public var revision: Int?
        /// Files that could not be written: the revision is used until one of them changes, or a reload reads them.
        public var unwritten: [UnwrittenFile]?
        /// Lines of the table that do not run as they stand.
        public var badLines: Int?
        /// The revision to be restored is the current one, and its files hold it.
        public var isCurrent: Bool?
        /// Drop-in files that cannot be used.
        public var unread: [UnwrittenFile]?
    }

    public var error: String?
    /// The exit code that belongs to the error, where it is not 69.
    public var code: Int32?
    public var status: Status?
    public var revisions: [RevisionLine]?
    public var files: [File]?
    public var tableFiles: [TableFileLine]?
    public var change: Change?
    /// The jobs that `pause` or `resume` changed; the others were so already.
    public var jobs: [String]?

    public init(error: String? = nil, code: Int32? = nil) {
        self.error = error
        self.code = code
    }

    static let busy = ControlResponse(error: "the service has too many requests at once; ask again in a moment", code: 75)

    static func noRevision(_ number: Int?) -> ControlResponse { ControlResponse(error: "there is no revision \(number ?? 0)", code: 66) }
}

/// The wire form of both.
public enum ControlCoding {
    public static func line(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return Array("{\"error\":\"cannot be encoded\"}\n".utf8) }
        return Array(data) + [UInt8(ascii: "\n")]
    }

    public static func request(_ line: [UInt8]) -> ControlRequest? { try? JSONDecoder().decode(ControlRequest.self, from: Data(line)) }
    public static func response(_ line: [UInt8]) -> ControlResponse? { try? JSONDecoder().decode(ControlResponse.self, from: Data(line)) }

    public static func base64(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }
    public static func bytes(base64 text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
