public import CronJobs
public import CronRabbitMQ
public import CronStoreRedis
public import CronTables

/// All settings of the service in one value; the defaults and their reasons are in the manual's table of settings.
public struct Configuration: Sendable {
    public enum Store: Hashable, Sendable {
        /// The default place, falling back to memory where nothing can be written.
        case automatic
        case sqlite(path: String)
        case memory
        case redis(RedisURL)

        /// Reads `sqlite:PATH`, `memory:` or the URL of a Redis.
        public init(_ text: String) throws(ConfigurationError) {
            if text == "memory:" {
                self = .memory
            } else if text.hasPrefix("~") || text.hasPrefix("sqlite:~") {
                throw ConfigurationError("nothing puts a home in the place of ~ here: write sqlite: and the whole path")
            } else if text == "sqlite::memory:" {
                throw ConfigurationError("a store in memory is written memory:")
            } else if text.hasPrefix("sqlite:"), text.utf8.count > 7 {
                self = .sqlite(path: String(text.dropFirst(7)))
            } else if RedisURL.hasItsScheme(text) {
                do throws(RedisURLError) { self = .redis(try RedisURL(text)) } catch {
                    throw ConfigurationError("\(error)")
                }
            } else if ["/", "./", "../"].contains(where: text.hasPrefix) || [".db", ".sqlite"].contains(where: text.hasSuffix) {
                throw ConfigurationError("this is a path: write sqlite:\(text)")
            } else {
                // Not the whole text: it may be a URL with a password, or a secret in the wrong place.
                let kind = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let shown = kind.count == 2 && kind[0].utf8.count < 20 ? "\(kind[0]):… is no store: " : ""
                throw ConfigurationError(
                    "\(shown)expected sqlite:PATH, memory: or redis://HOST (also rediss://, unix:///PATH, redis+sentinel://)")
            }
        }
    }

    public var name = "default"
    public var table = TableSource.systemDefault
    public var store = Store.automatic
    /// The file that the store's URL came from, if any: read again for each connection.
    public var storeFile: String?
    /// Where jobs publish; `nil`: none can.
    public var broker: AMQPURL?
    /// The file that the broker's URL came from, if any: read again for each connection.
    public var brokerFile: String?
    /// The topic exchange to which events go; `nil`: none are published.
    public var events: String?
    /// Events, webhooks and pings have the end of what their run wrote.
    public var eventOutput = false
    /// How long that broker waits for the acknowledgement of a message; it cannot be asked.
    public var consumerTimeout = AcknowledgementPolicy.usualPatience
    /// It is a worker of a pool, not a service that starts what is due; `nil`: it is the latter.
    public var worker: WorkerSetting?
    /// What webhooks are signed with; `nil`: they are not.
    public var webhookSecret: WebhookSecret?
    /// The file that it came from, if any: read again for each message.
    public var webhookSecretFile: String?
    public var socket: String?
    public var onStart = StartPolicy.auto
    /// Other replicas' newer revisions are applied while running.
    public var follows = false
    /// The table is published under the name even where another table has it.
    public var adoptsName = false
    public var tableKey: TableKey?
    /// The file that the key came from, if any.
    public var tableKeyFile: String?
    public var drain = Duration.seconds(6)
    /// How many runs may go at once; more wait in order, within their grace. `nil` is what the open files allow.
    public var maxRunning: Int?
    public var killAfter = Duration.seconds(2)
    /// The control group in which runs get groups of their own; `nil` is the service's.
    public var controlGroup: String?
    /// What jobs have whose entries say nothing else.
    public var policies = JobPolicies.standard.values
    public var logFormat = LogFormat.text
    public var logLevel = LogLevel.info
    public var strict = false
    public var strictUsers = false
    public var passthrough = false
    public var split = false
    /// Variables whose values are masked in the log, in the history and in answers.
    public var secretNames = SecretNames.standard
    public var retention = Retention()
    /// How many bytes are kept of a run's output, where its job says nothing else.
    public var outputKept = OutputLimit.ofRun
    /// How many bytes the store keeps of all runs' output; `nil` is the store's own.
    public var outputKeptInAll: Int?
    /// What `a~b` is drawn from, instead of a seed that the store keeps.
    public var seed: String?
    /// Name of the service's own zone; `nil` follows `TZ` and `/etc/localtime`.
    public var zone: String?
    /// What this host is called, for `host=` directives.
    public var host = ServiceHost.hostName
    /// The container's environment, as the service found it.
    public var environment: [String: String] = [:]
    /// Variables in it that were probably meant to set something, and set nothing.
    public var variableSlips: [String] = []

    public init() {}

    /// The name becomes part of paths and keys.
    public func checkName() throws(ConfigurationError) {
        guard Self.isWord(name, with: "_-", atMost: 64) else {
            throw ConfigurationError("expected 1 to 64 of A-Z a-z 0-9 _ -")
        }
    }

    /// A host's name becomes part of job ids in the store.
    public func checkHost() throws(ConfigurationError) {
        guard Self.isWord(host, with: "._-", atMost: 253), host != "any", host != "all" else {
            throw ConfigurationError("expected 1 to 253 of A-Z a-z 0-9 . _ -, other than any and all")
        }
    }

    /// The seed is shown, and kept as a word.
    public func checkSeed() throws(ConfigurationError) {
        guard let seed, !TableSeed.isText(seed) else { return }
        throw ConfigurationError("expected 1 to 300 printable characters without blanks")
    }

    private static func isWord(_ text: String, with others: String, atMost limit: Int) -> Bool {
        let isMadeOfThem = text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || others.utf8.contains(byte)
        }
        return isMadeOfThem && (1...limit).contains(text.utf8.count)
    }
}

/// Which attempts a worker takes, and how many at once.
public struct WorkerSetting: Hashable, Sendable {
    public static let mostSlots = 1000
    /// Why an entry cannot be for workers.
    public static let needsSharedStore = "workers must reach the store, too (--store redis://HOST)"

    public var pool: String
    public var slots: Int

    public init(pool: String, slots: Int) {
        self.pool = pool
        self.slots = slots
    }
}

/// A setting that cannot be used: which, and what was expected.
public struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String

    public init(_ description: String) { self.description = description }
}
