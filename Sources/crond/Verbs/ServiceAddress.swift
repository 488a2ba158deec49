internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import Glibc

/// Which running service a verb talks to.
struct ServiceAddress: ParsableArguments {
    @Option(help: "Name of the service. (CROND_NAME)")
    var name: String?

    @Option(help: "Path of its control socket. (CROND_SOCKET)")
    var socket: String?

    func configuration() -> Configuration {
        do { return try configured() } catch { Output.fail(78, error.description) }
    }

    func configured() throws(ConfigurationError) -> Configuration {
        var configuration = Configuration()
        configuration.environment = Surroundings.environment
        let settings = Settings(environment: Surroundings.environment)
        try settings.name(name, &configuration)
        configuration.socket =
            settings.text(socket, "CROND_SOCKET")
            ?? Places.socket(name: configuration.name, environment: Surroundings.environment)
        return configuration
    }

    /// Its socket, which can be reached: a connection would wait without end for a file system that does not answer.
    func reached() -> String? {
        let path = configuration().socket
        if let path { TimeLimit.asking(path, within: 10) { _ = access(path, F_OK) } }
        return path
    }

    /// The answer of the running service; `nil` if none runs. Leaves with 77 where it may not be asked.
    func ask(_ request: ControlRequest) -> [ControlPart]? {
        do {
            return try reached().flatMap { path throws(ControlRefusal) in try ControlClient.ask(request, at: path) }
        } catch {
            Output.fail(error)
        }
    }

    /// The clock by which the running service plans minus this machine's, as far as one answers.
    var clockDifference: Duration {
        guard case .service(let service)? = ask(.service)?.first else { return .zero }
        return service.clockDifference
    }

    func askRunning(_ request: ControlRequest) -> [ControlPart] {
        guard let answer = ask(request) else { Output.fail(69, noService) }
        return answer
    }

    /// The answer of the running service or, with none, what its store tells.
    func askOrRead(_ request: ControlRequest, _ place: StoreAddress) -> [ControlPart] {
        if let answer = ask(request) { return answer }
        var configuration = configuration()
        place.add(to: &configuration)
        return Self.answerFromStore(request, configuration)
    }

    /// What the store tells where no service runs. It has a limit of its own, which does not help where a file system does not answer.
    static func answerFromStore(_ request: ControlRequest, _ configuration: Configuration) -> [ControlPart] {
        var place = "the store"
        if case .sqlite(let path) = configuration.store { place = path }
        do {
            return try TimeLimit.asking(place, within: 65) { () throws(ControlRefusal) in
                try ServiceHost.answerFromStore(request, configuration)
            }
        } catch {
            Output.fail(error)
        }
    }

    /// The same for an answer that is read as it comes.
    func listen(_ request: ControlRequest) -> ControlStream {
        do {
            guard let path = reached(), let stream = try ControlStream(request, at: path, within: .seconds(10)) else {
                Output.fail(69, noService)
            }
            return stream
        } catch {
            Output.fail(error)
        }
    }

    var noService: String {
        "no service listens on \((try? configured())?.socket ?? "any socket"); is it running, and is this its --name or --socket?"
    }

    /// An answer whose end says something.
    struct Listed {
        var parts: [ControlPart]
        var end: ControlEnd
    }

    /// The running service's jobs, each as it comes: of a large table they become lines while the service looks for the rest. Answers the end.
    func answer(_ query: JobQuery, each take: (JobSnapshot) -> Void) -> ControlEnd {
        var end: ControlEnd?
        do {
            let isThere = try reached().map { path throws(ControlRefusal) in
                try ControlClient.ask(.jobs(query), at: path) { part in
                    switch part {
                    case .job(let job): take(job)
                    case .end(let found): end = found
                    default: break
                    }
                }
            }
            guard isThere ?? false else { Output.fail(69, noService) }
        } catch {
            Output.fail(error)
        }
        guard let end else { Output.fail(76, "the service broke off its answer") }
        return end
    }

    /// The same of the past, from the store where no service runs.
    func answer(_ request: ControlRequest, orFrom store: StoreAddress) -> Listed { listed(TableCommand.ask(request, self, store)) }

    private func listed(_ given: consuming [ControlPart]) -> Listed {
        // Theirs no more: a copy of 100,000 jobs takes a while.
        var parts = given
        guard case .end(let end)? = parts.popLast() else { Output.fail(76, "the service broke off its answer") }
        return Listed(parts: parts, end: end)
    }

    /// The names of the jobs that a pause or its end changed.
    func changed(by request: ControlRequest) -> Set<String> {
        guard case .changed(let jobs)? = askRunning(request).first else { Output.fail(76, "the service gave no answer") }
        return Set(jobs.map(\.description))
    }
}

extension ServiceSnapshot {
    /// The clock by which it plans minus this machine's.
    var clockDifference: Duration { .milliseconds(clockDifferenceMs ?? 0) }
}

extension TableChange {
    static func only(in answer: [ControlPart]) -> TableChange {
        guard case .change(let change)? = answer.first else { Output.fail(76, "the service gave no answer") }
        return change
    }
}

extension Output {
    /// Says why a request was refused, and leaves. What others wrote is shown on one line.
    static func fail(_ refusal: ControlRefusal) -> Never { fail(refusal.code, VisibleText.shown(refusal.message)) }
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
            configuration.zone = try settings.zone(nil)
        } catch {
            Output.fail(78, error.description)
        }
    }
}
