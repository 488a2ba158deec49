/// What a service is doing.
public struct ServiceSnapshot: Hashable, Sendable {
    public var name: String
    public var version: String
    public var pid: Int32
    public var incarnation: Int64
    public var jobs: Int
    public var staleJobs: [String] = []
    public var running: [String] = []
    public var paused: [String] = []
    public var nextFireTime: String?
    public var revision: Int?
    public var store: String
    public var durability: String
    /// Why nothing can be entered in the store now; `nil` where it works.
    public var storeFault: String?
    /// What `a~b` is drawn from.
    public var seed: String
    /// The store's clock minus this machine's; jobs go by the store's.
    public var clockDifferenceMs: Int64?
    public var degraded: [String] = []
    /// Where the shown jobs without a name stand.
    public var places: [JobPlace]?

    /// Where a job stands in the table.
    public struct JobPlace: Hashable, Sendable {
        public var job: String
        /// `/etc/crontab:12`.
        public var at: String

        public init(job: String, at: String) {
            self.job = job
            self.at = at
        }
    }

    public init(
        name: String, version: String, pid: Int32, incarnation: Int64, jobs: Int, store: String, durability: String, seed: String
    ) {
        self.name = name
        self.version = version
        self.pid = pid
        self.incarnation = incarnation
        self.jobs = jobs
        self.store = store
        self.durability = durability
        self.seed = seed
    }
}

extension ServiceSnapshot: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(
            name: try fields.value("name"), version: try fields.value("version"), pid: try fields.value("pid"),
            incarnation: try fields.value("incarnation"), jobs: try fields.value("jobs"), store: try fields.value("store"),
            durability: try fields.value("durability"), seed: try fields.value("seed"))
        staleJobs = try fields.value("staleJobs")
        running = try fields.value("running")
        paused = try fields.value("paused")
        nextFireTime = try fields.optional("nextFireTime")
        revision = try fields.optional("revision")
        storeFault = try fields.optional("storeFault")
        clockDifferenceMs = try fields.optional("clockDifferenceMs")
        degraded = try fields.value("degraded")
        places = try fields.optional("places")
    }

    public var json: JSONValue {
        .fields([
            "name": name, "version": version, "pid": pid, "incarnation": incarnation, "jobs": jobs, "staleJobs": staleJobs,
            "running": running, "paused": paused, "nextFireTime": nextFireTime, "revision": revision, "store": store,
            "durability": durability, "storeFault": storeFault, "seed": seed, "clockDifferenceMs": clockDifferenceMs, "degraded": degraded,
            "places": places,
        ])
    }
}

extension ServiceSnapshot.JobPlace: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(job: try fields.value("job"), at: try fields.value("at"))
    }

    public var json: JSONValue { .fields(["job": job, "at": at]) }
}
