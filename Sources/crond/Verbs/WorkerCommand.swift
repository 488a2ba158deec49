internal import ArgumentParser
internal import CronDaemon
internal import CronJobs
internal import CronTables
internal import Crontabs

struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Run what services hand to workers: entries with via=workers.",
        discussion: """
            It reads its table as `crond run` does, and starts the runs of its pool that come by the broker. Every option can be given in the \
            environment, too; the option wins. Exit codes: 0 after TERM, 64 usage, 65 bad table, 66 no table, 69 store unavailable, 71 the system \
            gives too few files or processes, 78 bad configuration.
            """)

    @Argument(help: "Crontab files; default /etc/crontab and /etc/cron.d/*. (CROND_TABLE, separated by colons)")
    var files: [String] = []

    @Option(help: "Whose runs it takes: those with pool=NAME. (CROND_POOL) Default: default.")
    var pool: String?

    @Option(help: "How many it runs at once. (CROND_SLOTS) Default: 4.")
    var slots: String?

    @Option(help: "redis://HOST: the store of the services that send the runs. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    @Option(help: "Their broker: amqp://USER:PASSWORD@HOST/VHOST, or amqps://. (CROND_AMQP, CROND_AMQP_FILE)")
    var amqp: String?

    @Option(help: "The broker's consumer_timeout, for ack=completion. (CROND_AMQP_CONSUMER_TIMEOUT) Default: 30m.")
    var amqpConsumerTimeout: String?

    @Option(help: "Name of the services that send the runs. (CROND_NAME) Default: default.")
    var name: String?

    @Option(help: "system (with a user column) or user. (CROND_FORMAT) Default: system.")
    var format: TableFormat?

    @Option(help: "What this host is called. (CROND_HOST) Default: its host name.")
    var host: String?

    @Option(help: "Path of the control socket, or none. (CROND_SOCKET) Default: that of a service named NAME-worker-POOL.")
    var socket: String?

    @Flag(help: "Wait for a named file that does not exist yet, instead of ending with 66. (CROND_WAIT_FOR_TABLE=1)")
    var waitForTable = false

    @Flag(help: "Use tables whoever can write them: not only root and the service's user. (CROND_TRUST_TABLES=1)")
    var trustTables = false

    @Option(help: "How long TERM waits for running jobs, such as 6s. (CROND_DRAIN) Default: 6s.")
    var drain: String?

    @Option(help: "How long a job has between TERM and KILL when the worker ends. (CROND_KILL_AFTER) Default: 2s.")
    var killAfter: String?

    @Option(help: "A cgroup v2 for the groups of runs with limit-memory and limit-cpu. (CROND_CGROUP) Default: the worker's own.")
    var cgroup: String?

    @OptionGroup(title: "What jobs have whose entries say nothing else")
    var policies: PolicyOptions

    @Option(help: "text, json or logfmt. (CROND_LOG_FORMAT) Default: text.")
    var logFormat: String?

    @Option(help: "debug, info, warning or error. (CROND_LOG_LEVEL) Default: info.")
    var logLevel: String?

    @Option(help: "The worker's own time zone. (CROND_TZ; else TZ and /etc/localtime)")
    var tz: String?

    @Flag(help: "Refuse a table with any bad line. (CROND_STRICT=1)")
    var strict = false

    @Flag(help: "Refuse lines of users that the worker cannot become. (CROND_STRICT_USERS=1)")
    var strictUsers = false

    @Flag(help: "Jobs' output byte for byte, without job and run. (CROND_PASSTHROUGH=1)")
    var passthrough = false

    @Option(help: "How much of each run's output is kept, up to 64k; 0 keeps none. (CROND_KEEP_OUTPUT) Default: 64k.")
    var keepOutput: String?

    @Option(help: "Variables whose values are masked in the log, the history and answers, or none. (CROND_REDACT)")
    var redact: String?

    @Flag(help: "Our own messages below warning go to standard output. (CROND_SPLIT=1)")
    var split = false

    func run() {
        do {
            ServiceHost.run(try configured())
        } catch let error as ConfigurationError {
            Output.fail(78, error.description)
        } catch {
            Output.fail(70, "\(error)")
        }
    }

    private func configured() throws -> Configuration {
        let settings = Settings(environment: Surroundings.environment)
        var configuration = Configuration()
        configuration.environment = Surroundings.environment
        configuration.worker = try worker(settings)
        try settings.name(name, &configuration)
        try settings.host(host, &configuration)
        configuration.table = try settings.table(files, format)
        if try settings.flag(waitForTable, "CROND_WAIT_FOR_TABLE") { configuration.table.waits = true }
        configuration.table.trustsTables = try settings.flag(trustTables, "CROND_TRUST_TABLES")
        configuration.store = try settings.store(store) ?? configuration.store
        configuration.storeFile = settings.storeFile(store)
        guard case .redis = configuration.store else {
            throw ConfigurationError(
                "a worker needs the Redis of the services that send it runs: --store redis://HOST (CROND_STORE, CROND_STORE_FILE)")
        }
        configuration.broker = try settings.broker(amqp)
        configuration.brokerFile = settings.brokerFile(amqp)
        configuration.consumerTimeout = try settings.consumerTimeout(amqpConsumerTimeout)
        guard configuration.broker != nil else {
            throw ConfigurationError(
                "a worker needs the broker of the services that send it runs: --amqp URL (CROND_AMQP, CROND_AMQP_FILE)")
        }
        configuration.socket = settings.text(socket, "CROND_SOCKET")
        configuration.drain = try settings.duration(drain, "drain", "CROND_DRAIN") ?? configuration.drain
        configuration.killAfter = try settings.duration(killAfter, "kill-after", "CROND_KILL_AFTER") ?? configuration.killAfter
        configuration.controlGroup = settings.text(cgroup, "CROND_CGROUP")
        configuration.policies = try policies.policies(settings)
        try log(settings, &configuration)
        return configuration
    }

    private func worker(_ settings: Settings) throws -> WorkerSetting {
        var setting = WorkerSetting(pool: PoolName.standard, slots: 4)
        if let given = settings.given(pool, "pool", "CROND_POOL") {
            guard PoolName.isOne(given.text) else { throw given.fault("expected 1 to 64 of A-Z a-z 0-9 _ -, the first a letter or digit") }
            setting.pool = given.text
        }
        setting.slots = try settings.count(slots, "slots", "CROND_SLOTS", in: 1...WorkerSetting.mostSlots) ?? setting.slots
        return setting
    }

    private func log(_ settings: Settings, _ configuration: inout Configuration) throws {
        configuration.logFormat =
            try settings.choice(logFormat, "log-format", "CROND_LOG_FORMAT", LogFormat.self) ?? configuration.logFormat
        configuration.logLevel = try settings.logLevel(logLevel) ?? configuration.logLevel
        configuration.zone = try settings.zone(tz)
        configuration.strict = try settings.flag(strict, "CROND_STRICT")
        configuration.strictUsers = try settings.flag(strictUsers, "CROND_STRICT_USERS")
        configuration.passthrough = try settings.flag(passthrough, "CROND_PASSTHROUGH")
        configuration.outputKept =
            try settings.size(keepOutput, "keep-output", "CROND_KEEP_OUTPUT", atMost: OutputLimit.ofRun) ?? configuration.outputKept
        configuration.secretNames = try settings.secretNames(redact) ?? configuration.secretNames
        configuration.split = try settings.flag(split, "CROND_SPLIT")
    }
}
