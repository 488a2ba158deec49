internal import ArgumentParser
internal import CronDaemon

/// Which service a verb talks to.
struct ServiceAddress: ParsableArguments {
    @Option(help: "Name of the service. (CROND_NAME)")
    var name: String?

    @Option(help: "Path of its control socket. (CROND_SOCKET)")
    var socket: String?

    @Option(help: "Its store, opened where no service runs: sqlite:PATH or redis://HOST. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.environment = Surroundings.environment
        configuration.name = name ?? Surroundings.environment["CROND_NAME"] ?? "default"
        configuration.socket =
            socket ?? Surroundings.environment["CROND_SOCKET"]
            ?? Places.socket(name: configuration.name, environment: Surroundings.environment)
        do {
            try configuration.checkName()
            let settings = Settings(environment: Surroundings.environment)
            let text = try settings.secret(store, "CROND_STORE")
            if let text { configuration.store = try Configuration.Store(text) }
            configuration.tableKey = try settings.tableKey()
        } catch {
            Output.fail(78, error.description)
        }
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
