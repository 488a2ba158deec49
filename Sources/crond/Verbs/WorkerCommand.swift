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

    @Option(help: "Whose runs it takes: those with pool=NAME. (CROND_POOL) Default: default.")
    var pool: String?

    @Option(help: "How many it runs at once. (CROND_SLOTS) Default: 4.")
    var slots: String?

    @Option(help: "redis://HOST: the store of the services that send the runs. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    @Option(help: "Their broker: amqp://USER:PASSWORD@HOST/VHOST, or amqps://. (CROND_AMQP, CROND_AMQP_FILE)")
    var amqp: String?

    @Option(help: "Name of the services that send the runs. (CROND_NAME) Default: default.")
    var name: String?

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

    private func configured() throws -> Configuration {
        let settings = Settings(environment: Surroundings.environment)
        let setting = try worker(settings)
        var configuration = try common.configuration(settings, name: name, store: store, broker: amqp)
        configuration.environment = Surroundings.environment
        configuration.variableSlips = KnownVariables.slips(in: Surroundings.environment)
        configuration.worker = setting
        guard case .redis = configuration.store else {
            throw ConfigurationError(
                "a worker needs the Redis of the services that send it runs: --store redis://HOST (CROND_STORE, CROND_STORE_FILE)")
        }
        guard configuration.broker != nil else {
            throw ConfigurationError(
                "a worker needs the broker of the services that send it runs: --amqp URL (CROND_AMQP, CROND_AMQP_FILE)")
        }
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
}
