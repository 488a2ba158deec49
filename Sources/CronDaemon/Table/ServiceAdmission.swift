internal import CronExpressions
internal import CronJobs
internal import CronProcesses
internal import CronTables
internal import Glibc
internal import LinuxEvents

/// Which jobs of a table are this host's, and under which id.
struct Placement {
    let host: String
    /// Other hosts use the store, too.
    let isShared: Bool

    /// The job as it runs here; `nil` where it is another host's. What runs on every host has a state of its own on each.
    func placed(_ job: Job) -> Job? {
        let policy = job.policies.values.host
        guard policy.includes(host: host) else { return nil }
        guard policy == .all, isShared else { return job }
        var job = job
        job.id = job.id.on(host: host)
        return job
    }
}

/// Answers the keeper, which decides nothing about users, hosts and the ledger by itself.
struct ServiceAdmission: TableAdmission {
    let context: ServiceContext
    let ledger: any Ledger
    let users: UserDirectory
    let canSwitchUser: Bool
    private let warned = Locked<Set<String>>([])

    init(_ context: ServiceContext, _ ledger: any Ledger, _ users: UserDirectory, canSwitchUser: Bool) {
        self.context = context
        self.ledger = ledger
        self.users = users
        self.canSwitchUser = canSwitchUser
    }

    func watermarks() async throws(StoreError) -> [JobID: Instant] { try await ledger.watermarks() }

    /// Keeps the jobs that are this host's and may run here; answers other hosts' jobs, whose state must stay, too.
    func admit(_ table: CompiledTable) async -> (table: CompiledTable, elsewhere: [JobID: OtherHost]) {
        var table = table
        let settings = table.jobs.commandSettings
        context.secrets.learn(settings, adding: true)
        let refused = await refusedUsers(Set(settings.compactMap(\.user)))
        if !refused.isEmpty { table.filter { $0.command?.user.map(refused.contains) ?? false ? nil : $0 } }
        guard table.jobs.sharedPolicies.contains(where: { $0.values.host != .any }) else { return (table, [:]) }
        let placement = Placement(host: context.configuration.host, isShared: ledger.shared != nil)
        table.leaveToOthers { placement.placed($0) }
        let others = table.elsewhere.compactMap { job in
            job.namedHost.map { (job.id, OtherHost(name: $0, attempts: job.policies.values.retry.attempts)) }
        }
        return (table, Dictionary(others) { first, _ in first })
    }

    /// Looks up the users that the table names, warns once of each that lines cannot run as, and answers those whose lines must not run.
    private func refusedUsers(_ names: Set<String>) async -> Set<String> {
        await users.resolve(names)
        let isStrict = context.configuration.strictUsers
        var refused: Set<String> = []
        for name in names.sorted() {
            let user = users.cached(name)
            if canSwitchUser {
                if user == nil { warn(of: name, "unknown user: its lines will not start until there is one") }
            } else if user?.uid != geteuid() {
                if isStrict { refused.insert(name) }
                warn(
                    of: name,
                    isStrict
                        ? "not allowed to become another user: its lines are refused (--strict-users)"
                        : "not allowed to become another user: its lines run as the service's own")
            }
        }
        return refused
    }

    private func warn(of user: String, _ message: String) {
        if warned.withLock({ $0.insert(user).inserted }) { context.log.warning(message, .text("user", user)) }
    }
}
