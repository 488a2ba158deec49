internal import ArgumentParser
internal import CronDaemon
internal import CronJobs
internal import CronTables
internal import Crontabs

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        _superCommandName: "crond",  // it is parsed by itself: see `Crond.start`
        abstract: "Run the service (the default verb).",
        discussion: """
            Every option can be given in the environment, too; the option wins. An empty variable, or nothing behind \
            --option=, is no value. Exit codes: 0 after TERM, 64 usage, 65 bad table, \
            66 no table, 69 store unavailable, 71 the system gives too few files or processes, 75 another service holds the store or another table \
            has the name, 78 bad configuration.
            """,
        version: ServiceHost.version)

    @Argument(help: "Crontab files; default /etc/crontab and /etc/cron.d/*. (CROND_TABLE, separated by colons)")
    var files: [String] = []

    @Option(help: "system (with a user column) or user. (CROND_FORMAT) Default: system.")
    var format: TableFormat?

    @Option(help: "Name of the service: prefix of its store and socket. (CROND_NAME) Default: default.")
    var name: String?

    @Option(
        help: """
            sqlite:PATH, memory: or redis://HOST. (CROND_STORE, CROND_STORE_FILE) Default: /var/lib/crond/NAME.db or the user's state \
            folder, else memory.
            """)
    var store: String?

    @Option(
        help: """
            The broker that entries with publish=amqp send to: amqp://USER:PASSWORD@HOST/VHOST, or amqps://. (CROND_AMQP, CROND_AMQP_FILE)
            """)
    var amqp: String?

    @Option(help: "The broker's consumer_timeout, for ack=completion. (CROND_AMQP_CONSUMER_TIMEOUT) Default: 30m.")
    var amqpConsumerTimeout: String?

    @Option(help: "Topic exchange of that broker to which events go: crond.NAME.JOB.EVENT. (CROND_EVENTS) Default: none are published.")
    var events: String?

    @Flag(help: "Events, webhooks and pings have the end of what their run wrote, 4 KiB at most. (CROND_EVENT_OUTPUT=1)")
    var eventOutput = false

    @Option(help: "What this host is called in host= directives. (CROND_HOST) Default: its host name.")
    var host: String?

    @Option(help: "Path of the control socket, or none. (CROND_SOCKET)")
    var socket: String?

    @Option(help: "auto, file or store: which content of the table a start uses. (CROND_ON_START) Default: auto.")
    var onStart: String?

    @Flag(help: "Wait for a named file that does not exist yet, instead of ending with 66. (CROND_WAIT_FOR_TABLE=1)")
    var waitForTable = false

    @Flag(help: "Use tables whoever can write them: not only root and the service's user. (CROND_TRUST_TABLES=1)")
    var trustTables = false

    @Flag(help: "Apply newer tables that other replicas publish on a shared store. (CROND_FOLLOW=1)")
    var follow = false

    @Flag(help: "Publish this table under the name, even where the store holds another table. (CROND_ADOPT_NAME=1)")
    var adoptName = false

    @Option(
        help: "File with a key that signs the table's revisions; then others are refused. (CROND_TABLE_KEY, CROND_TABLE_KEY_FILE)")
    var tableKeyFile: String?

    @Option(help: "How long TERM waits for running jobs, such as 6s. (CROND_DRAIN) Default: 6s.")
    var drain: String?

    @Option(help: "How long a job has between TERM and KILL when the service ends. (CROND_KILL_AFTER) Default: 2s.")
    var killAfter: String?

    @Option(help: "Runs at once; more wait in order, within their grace. (CROND_MAX_RUNNING) Default: what the open files allow.")
    var maxRunning: String?

    @Option(help: "A cgroup v2 for the groups of runs with limit-memory and limit-cpu. (CROND_CGROUP) Default: the service's own.")
    var cgroup: String?

    @OptionGroup(title: "What jobs have whose entries say nothing else")
    var policies: PolicyOptions

    @Option(help: "text, json or logfmt. (CROND_LOG_FORMAT) Default: text.")
    var logFormat: String?

    @Option(help: "debug, info, warning or error. (CROND_LOG_LEVEL) Default: info.")
    var logLevel: String?

    @Option(help: "The service's own time zone. (CROND_TZ; else TZ and /etc/localtime)")
    var tz: String?

    @Option(help: "What the times of a~b are drawn from, as `crond status` shows it. (CROND_SEED) Default: a seed that the store keeps.")
    var seed: String?

    @Flag(help: "Refuse a table with any bad line. (CROND_STRICT=1)")
    var strict = false

    @Flag(help: "Refuse lines of users that the service cannot become. (CROND_STRICT_USERS=1)")
    var strictUsers = false

    @Flag(help: "Jobs' output byte for byte, without job and run. (CROND_PASSTHROUGH=1)")
    var passthrough = false

    @Option(help: "How much of each run's output is kept, up to 64k; 0 keeps none. (CROND_KEEP_OUTPUT) Default: 64k.")
    var keepOutput: String?

    @Option(help: "How much the store keeps of all runs' output, such as 1g. (CROND_KEEP_OUTPUT_TOTAL) Default: 1g; Redis 64m; memory 16m.")
    var keepOutputTotal: String?

    @Option(
        help: """
            Variables whose values are masked in the log, the history and answers, such as '*_KEY DB_*_URL', or none. (CROND_REDACT) \
            Default: \(SecretNames.standardText).
            """)
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

    /// What `crond run` would go by with these few options, the others left to the environment.
    ///
    /// - Parameter environment: this program's, or what of it is judged.
    static func configured(
        files: [String], format: TableFormat?, service: ServiceAddress, store: String?,
        environment: [String: String] = Surroundings.environment
    ) throws -> Configuration {
        var command = try parse([])
        (command.files, command.format, command.store) = (files, format, store)
        (command.name, command.socket) = (service.name, service.socket)
        return try command.configured(environment)
    }

    private func configured(_ environment: [String: String] = Surroundings.environment) throws -> Configuration {
        let settings = Settings(environment: environment)
        var configuration = Configuration()
        configuration.environment = environment
        try settings.name(name, &configuration)
        try settings.host(host, &configuration)
        configuration.table = try settings.table(files, format)
        if try settings.flag(waitForTable, "CROND_WAIT_FOR_TABLE") { configuration.table.waits = true }
        configuration.table.trustsTables = try settings.flag(trustTables, "CROND_TRUST_TABLES")
        configuration.store = try settings.store(store) ?? configuration.store
        configuration.storeFile = settings.storeFile(store)
        configuration.broker = try settings.broker(amqp)
        configuration.brokerFile = settings.brokerFile(amqp)
        configuration.consumerTimeout = try settings.consumerTimeout(amqpConsumerTimeout)
        configuration.events = try settings.events(events, broker: configuration.broker)
        configuration.eventOutput = try settings.flag(eventOutput, "CROND_EVENT_OUTPUT")
        configuration.webhookSecret = try settings.webhookSecret()
        configuration.webhookSecretFile = settings.webhookSecretFile()
        configuration.socket = settings.text(socket, "CROND_SOCKET")
        configuration.onStart =
            try settings.choice(onStart, "on-start", "CROND_ON_START", StartPolicy.self) ?? configuration.onStart
        configuration.follows = try settings.flag(follow, "CROND_FOLLOW")
        configuration.adoptsName = try settings.flag(adoptName, "CROND_ADOPT_NAME")
        configuration.tableKey = try settings.tableKey(file: tableKeyFile)
        configuration.tableKeyFile = settings.tableKeyFile(tableKeyFile)
        configuration.drain = try settings.duration(drain, "drain", "CROND_DRAIN") ?? configuration.drain
        configuration.killAfter = try settings.duration(killAfter, "kill-after", "CROND_KILL_AFTER") ?? configuration.killAfter
        configuration.maxRunning = try settings.count(maxRunning, "max-running", "CROND_MAX_RUNNING", in: 1...1_000_000)
        configuration.controlGroup = settings.text(cgroup, "CROND_CGROUP")
        configuration.policies = try policies.policies(settings)
        configuration.logFormat =
            try settings.choice(logFormat, "log-format", "CROND_LOG_FORMAT", LogFormat.self) ?? configuration.logFormat
        configuration.logLevel = try settings.logLevel(logLevel) ?? configuration.logLevel
        configuration.zone = try settings.zone(tz)
        try settings.seed(seed, &configuration)
        configuration.strict = try settings.flag(strict, "CROND_STRICT")
        configuration.strictUsers = try settings.flag(strictUsers, "CROND_STRICT_USERS")
        configuration.passthrough = try settings.flag(passthrough, "CROND_PASSTHROUGH")
        let limit = OutputLimit.ofRun
        configuration.outputKept =
            try settings.size(keepOutput, "keep-output", "CROND_KEEP_OUTPUT", atMost: limit) ?? configuration.outputKept
        configuration.outputKeptInAll = try settings.size(keepOutputTotal, "keep-output-total", "CROND_KEEP_OUTPUT_TOTAL")
        configuration.secretNames = try settings.secretNames(redact) ?? configuration.secretNames
        configuration.split = try settings.flag(split, "CROND_SPLIT")
        return configuration
    }
}
