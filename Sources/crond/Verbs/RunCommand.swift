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

    @Option(help: "Topic exchange of that broker to which events go: crond.NAME.JOB.EVENT. (CROND_EVENTS) Default: none are published.")
    var events: String?

    @Flag(help: "Events, webhooks and pings have the end of what their run wrote, 4 KiB at most. (CROND_EVENT_OUTPUT=1)")
    var eventOutput = false

    @Option(help: "auto, file or store: which content of the table a start uses. (CROND_ON_START) Default: auto.")
    var onStart: String?

    @Flag(help: "Apply newer tables that other replicas publish on a shared store. (CROND_FOLLOW=1)")
    var follow = false

    @Flag(help: "Publish this table under the name, even where the store holds another table. (CROND_ADOPT_NAME=1)")
    var adoptName = false

    @Option(
        help: "File with a key that signs the table's revisions; then others are refused. (CROND_TABLE_KEY, CROND_TABLE_KEY_FILE)")
    var tableKeyFile: String?

    @Option(help: "Runs at once; more wait in order, within their grace. (CROND_MAX_RUNNING) Default: what the open files allow.")
    var maxRunning: String?

    @Option(help: "What the times of a~b are drawn from, as `crond status` shows it. (CROND_SEED) Default: a seed that the store keeps.")
    var seed: String?

    @Option(help: "How much the store keeps of all runs' output, such as 1g. (CROND_KEEP_OUTPUT_TOTAL) Default: 1g; Redis 64m; memory 16m.")
    var keepOutputTotal: String?

    @OptionGroup var common: ServiceOptions

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
        (command.common.files, command.common.format, command.store) = (files, format, store)
        (command.name, command.common.socket) = (service.name, service.socket)
        return try command.configured(environment)
    }

    private func configured(_ environment: [String: String] = Surroundings.environment) throws -> Configuration {
        let settings = Settings(environment: environment)
        var configuration = try common.configuration(settings, name: name, store: store, broker: amqp)
        configuration.environment = environment
        configuration.variableSlips = KnownVariables.slips(in: environment)
        configuration.events = try settings.events(events, broker: configuration.broker)
        configuration.eventOutput = try settings.flag(eventOutput, "CROND_EVENT_OUTPUT")
        configuration.webhookSecret = try settings.webhookSecret()
        configuration.webhookSecretFile = settings.webhookSecretFile()
        configuration.onStart = try settings.choice(onStart, "on-start", "CROND_ON_START", StartPolicy.self) ?? configuration.onStart
        configuration.follows = try settings.flag(follow, "CROND_FOLLOW")
        configuration.adoptsName = try settings.flag(adoptName, "CROND_ADOPT_NAME")
        configuration.tableKey = try settings.tableKey(file: tableKeyFile)
        configuration.tableKeyFile = settings.tableKeyFile(tableKeyFile)
        configuration.maxRunning = try settings.count(maxRunning, "max-running", "CROND_MAX_RUNNING", in: 1...1_000_000)
        try settings.seed(seed, &configuration)
        configuration.outputKeptInAll = try settings.size(keepOutputTotal, "keep-output-total", "CROND_KEEP_OUTPUT_TOTAL")
        return configuration
    }
}
