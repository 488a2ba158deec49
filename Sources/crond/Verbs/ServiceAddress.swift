internal import ArgumentParser
internal import CronDaemon
internal import CronTables

/// Which running service a verb talks to.
struct ServiceAddress: ParsableArguments {
    @Option(help: "Name of the service. (CROND_NAME)")
    var name: String?

    @Option(help: "Path of its control socket. (CROND_SOCKET)")
    var socket: String?

    func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.environment = Surroundings.environment
        do {
            try Settings(environment: Surroundings.environment).name(name, &configuration)
        } catch {
            Output.fail(78, error.description)
        }
        configuration.socket =
            socket ?? Surroundings.environment["CROND_SOCKET"]
            ?? Places.socket(name: configuration.name, environment: Surroundings.environment)
        return configuration
    }

    /// The answer of the running service; `nil` if none runs. Leaves with 77 where it may not be asked.
    func ask(_ request: ControlRequest) -> ControlResponse? {
        do {
            guard let path = configuration().socket, let response = try ControlClient.ask(request, at: path) else { return nil }
            if let error = response.visible.error { Output.fail(response.code ?? 69, error) }
            return response
        } catch {
            Output.fail(error.code, "\(error); \(error.remedy)")
        }
    }

    func askRunning(_ request: ControlRequest) -> ControlResponse {
        guard let response = ask(request) else {
            Output.fail(
                69, "no service listens on \(configuration().socket ?? "any socket"); is it running, and is this its --name or --socket?")
        }
        return response
    }
}

/// The store that a verb opens where no service runs.
struct StoreAddress: ParsableArguments {
    @Option(help: "Its store, opened where no service runs: sqlite:PATH or redis://HOST. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    func add(to configuration: inout Configuration) {
        let settings = Settings(environment: Surroundings.environment)
        do {
            configuration.store = try settings.store(store) ?? configuration.store
            configuration.tableKey = try settings.tableKey()
            configuration.table.trustsTables = try settings.flag(false, "CROND_TRUST_TABLES")
            try settings.host(nil, &configuration)
        } catch {
            Output.fail(78, error.description)
        }
    }
}
