internal import ArgumentParser
internal import CronDaemon
internal import CronJobs
internal import CronTables
internal import Crontabs

/// What `crond run` and `crond worker` are both told.
struct ServiceOptions: ParsableArguments {
    @Argument(help: "Crontab files; default /etc/crontab and /etc/cron.d/*. (CROND_TABLE, separated by colons)")
    var files: [String] = []

    @Option(help: "system (with a user column) or user. (CROND_FORMAT) Default: system.")
    var format: TableFormat?

    @Option(help: "The broker's consumer_timeout, for ack=completion. (CROND_AMQP_CONSUMER_TIMEOUT) Default: 30m.")
    var amqpConsumerTimeout: String?

    @Option(help: "What this host is called, also in host= directives. (CROND_HOST) Default: its host name.")
    var host: String?

    @Option(help: "Path of the control socket, or none. (CROND_SOCKET)")
    var socket: String?

    @Flag(help: "Wait for a named file that does not exist yet, instead of ending with 66. (CROND_WAIT_FOR_TABLE=1)")
    var waitForTable = false

    @Flag(help: "Use tables whoever can write them: not only root and the service's user. (CROND_TRUST_TABLES=1)")
    var trustTables = false

    @Option(help: "How long TERM waits for running jobs, such as 6s. (CROND_DRAIN) Default: 6s.")
    var drain: String?

    @Option(help: "How long a job has between TERM and KILL at the end. (CROND_KILL_AFTER) Default: 2s.")
    var killAfter: String?

    @Option(help: "A cgroup v2 for the groups of runs with limit-memory and limit-cpu. (CROND_CGROUP) Default: our own.")
    var cgroup: String?

    @OptionGroup(title: "What jobs have whose entries say nothing else")
    var policies: PolicyOptions

    @Option(help: "text, json or logfmt. (CROND_LOG_FORMAT) Default: text.")
    var logFormat: String?

    @Option(help: "debug, info, warning or error. (CROND_LOG_LEVEL) Default: info.")
    var logLevel: String?

    @Option(help: "Our own time zone. (CROND_TZ; else TZ and /etc/localtime)")
    var tz: String?

    @Flag(help: "Refuse a table with any bad line. (CROND_STRICT=1)")
    var strict = false

    @Flag(help: "Refuse lines of users that we cannot become. (CROND_STRICT_USERS=1)")
    var strictUsers = false

    @Flag(help: "Jobs' output byte for byte, without job and run. (CROND_PASSTHROUGH=1)")
    var passthrough = false

    @Option(help: "How much of each run's output is kept, up to 64k; 0 keeps none. (CROND_KEEP_OUTPUT) Default: 64k.")
    var keepOutput: String?

    @Option(
        help: """
            Variables whose values are masked in the log, the history and answers, such as '*_KEY DB_*_URL', or none. (CROND_REDACT) \
            Default: \(SecretNames.standardText).
            """)
    var redact: String?

    @Flag(help: "Our own messages below warning go to standard output. (CROND_SPLIT=1)")
    var split = false
}

extension ServiceOptions {
    /// - Parameters:
    ///   - name: of the service; each verb says in its own words what it is for.
    ///   - store: likewise.
    ///   - broker: likewise.
    func configuration(_ settings: Settings, name: String?, store: String?, broker: String?) throws -> Configuration {
        var configuration = Configuration()
        try settings.name(name, &configuration)
        try settings.host(host, &configuration)
        configuration.table = try settings.table(files, format)
        if try settings.flag(waitForTable, "CROND_WAIT_FOR_TABLE") { configuration.table.waits = true }
        configuration.table.trustsTables = try settings.flag(trustTables, "CROND_TRUST_TABLES")
        configuration.store = try settings.store(store) ?? configuration.store
        configuration.storeFile = settings.storeFile(store)
        configuration.broker = try settings.broker(broker)
        configuration.brokerFile = settings.brokerFile(broker)
        configuration.consumerTimeout = try settings.consumerTimeout(amqpConsumerTimeout)
        configuration.socket = settings.text(socket, "CROND_SOCKET")
        configuration.drain = try settings.duration(drain, "drain", "CROND_DRAIN") ?? configuration.drain
        configuration.killAfter = try settings.duration(killAfter, "kill-after", "CROND_KILL_AFTER") ?? configuration.killAfter
        configuration.controlGroup = settings.text(cgroup, "CROND_CGROUP")
        configuration.policies = try policies.policies(settings)
        configuration.zone = try settings.zone(tz)
        configuration.strict = try settings.flag(strict, "CROND_STRICT")
        configuration.strictUsers = try settings.flag(strictUsers, "CROND_STRICT_USERS")
        try say(settings, &configuration)
        return configuration
    }

    /// What is logged and kept.
    private func say(_ settings: Settings, _ configuration: inout Configuration) throws {
        configuration.logFormat =
            try settings.choice(logFormat, "log-format", "CROND_LOG_FORMAT", LogFormat.self) ?? configuration.logFormat
        configuration.logLevel = try settings.logLevel(logLevel) ?? configuration.logLevel
        configuration.passthrough = try settings.flag(passthrough, "CROND_PASSTHROUGH")
        configuration.outputKept =
            try settings.size(keepOutput, "keep-output", "CROND_KEEP_OUTPUT", atMost: OutputLimit.ofRun) ?? configuration.outputKept
        configuration.secretNames = try settings.secretNames(redact) ?? configuration.secretNames
        configuration.split = try settings.flag(split, "CROND_SPLIT")
    }
}
