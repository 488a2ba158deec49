internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import CronRabbitMQ
internal import CronTables
internal import Crontabs

/// A setting comes from its option, else from the environment. A value that cannot be used is an error that names the one it came from.
struct Settings {
    let environment: [String: String]

    /// A setting as it was given.
    struct Given {
        var text: String
        /// `--drain soon`, `CROND_DRAIN=soon`.
        var label: String
        /// The label without the value.
        var prefix = ""

        func fault(_ reason: String) -> ConfigurationError { ConfigurationError("\(label): \(reason)") }
    }

    /// - Parameter option: its name without the dashes.
    func given(_ value: String?, _ option: String, _ variable: String) -> Given? {
        if let value { return Given(text: value, label: "--\(option) \(value)", prefix: "--\(option) ") }
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return Given(text: value, label: "\(variable)=\(value)", prefix: "\(variable)=")
    }

    func text(_ option: String?, _ variable: String) -> String? {
        if let option { return option }
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return value
    }

    // MARK: Secrets

    /// A setting that may hold a secret, and so may come from a file that `variable_FILE` names. A file that is named must be there. The
    /// label never has the value.
    private func secret(_ value: String?, _ option: String, _ variable: String) throws(ConfigurationError) -> Given? {
        if let value { return Given(text: value, label: "--\(option)") }
        if let value = text(nil, variable) { return Given(text: value, label: variable) }
        guard let path = text(nil, "\(variable)_FILE") else { return nil }
        let file = Given(text: path, label: "\(variable)_FILE=\(path)")
        let bytes: [UInt8]
        do throws(Output.ReadFailure) { bytes = try Output.readSecret(path) } catch { throw file.fault(error.reason) }
        let line = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
        guard !line.isEmpty else { throw file.fault("the file is empty") }
        return Given(text: String(line), label: file.label)
    }

    /// The file that the store's URL comes from, if it comes from one: it is read again for each connection.
    func storeFile(_ option: String?) -> String? { secretFile(option, "CROND_STORE") }

    private func secretFile(_ option: String?, _ variable: String) -> String? {
        guard text(option, variable) == nil, let path = text(nil, "\(variable)_FILE") else { return nil }
        return path.hasPrefix("/") ? path : ServiceHost.workingDirectory + "/" + path
    }

    func store(_ option: String?) throws(ConfigurationError) -> Configuration.Store? {
        guard let given = try secret(option, "store", "CROND_STORE") else { return nil }
        do throws(ConfigurationError) { return try Configuration.Store(given.text) } catch { throw given.fault(error.description) }
    }

    /// Where jobs publish.
    func broker(_ option: String?) throws(ConfigurationError) -> AMQPURL? {
        guard let given = try secret(option, "amqp", "CROND_AMQP") else { return nil }
        do throws(AMQPURLError) { return try AMQPURL(given.text) } catch { throw given.fault("\(error)") }
    }

    /// The file that the broker's URL comes from, if it comes from one: it is read again for each connection.
    func brokerFile(_ option: String?) -> String? { secretFile(option, "CROND_AMQP") }

    /// How long the broker waits for the acknowledgement of a message.
    func consumerTimeout(_ option: String?) throws(ConfigurationError) -> Duration {
        let given = given(option, "amqp-consumer-timeout", "CROND_AMQP_CONSUMER_TIMEOUT")
        let timeout = try duration(option, "amqp-consumer-timeout", "CROND_AMQP_CONSUMER_TIMEOUT")
        guard let given, let timeout else { return AcknowledgementPolicy.usualPatience }
        guard timeout > AcknowledgementPolicy.margin else { throw given.fault("expected more than 5m, as the broker's consumer_timeout") }
        return timeout
    }

    /// The exchange to which events go.
    func events(_ option: String?, broker: AMQPURL?) throws(ConfigurationError) -> String? {
        guard let given = given(option, "events", "CROND_EVENTS") else { return nil }
        guard (1...255).contains(given.text.utf8.count), given.text.utf8.allSatisfy({ $0 > 32 && $0 != 127 }) else {
            throw given.fault("expected the name of a topic exchange, 1 to 255 bytes without blanks")
        }
        guard broker != nil else { throw given.fault("there is no broker to publish to: name it with --amqp URL") }
        return given.text
    }

    /// What webhooks are signed with; no flag shows it to whoever lists processes.
    func webhookSecret() throws(ConfigurationError) -> WebhookSecret? {
        guard let given = try secret(nil, "", "CROND_WEBHOOK_SECRET") else { return nil }
        guard let secret = WebhookSecret(given.text) else { throw given.fault("what stands behind whsec_ is not Base64") }
        return secret
    }

    /// The file that the secret comes from, if it comes from one: it is read again for each message.
    func webhookSecretFile() -> String? { secretFile(nil, "CROND_WEBHOOK_SECRET") }

    /// Where failures are told whose entries say nothing else: the URL may be a secret.
    func onFailure(_ option: String?) throws(ConfigurationError) -> Given? { try secret(option, "on-failure", "CROND_ON_FAILURE") }

    /// The table's key, all bytes of its file; no flag shows it to whoever lists processes.
    func tableKey(file option: String? = nil) throws(ConfigurationError) -> TableKey? {
        let source: String
        let bytes: [UInt8]
        if let path = tableKeyFile(option) {
            source = (option == nil ? "CROND_TABLE_KEY_FILE=" : "--table-key-file ") + path
            do throws(Output.ReadFailure) { bytes = try Output.readSecret(path) } catch {
                throw ConfigurationError("\(source): \(error.reason)")
            }
        } else if let text = text(nil, "CROND_TABLE_KEY") {
            source = "CROND_TABLE_KEY"
            bytes = Array(text.utf8)
        } else {
            return nil
        }
        do throws(TableKeyError) { return try TableKey(bytes) } catch { throw ConfigurationError("\(source): \(error)") }
    }

    /// The file that the key comes from; a key in the environment stands before a file that is named there.
    func tableKeyFile(_ option: String?) -> String? {
        if option == nil, text(nil, "CROND_TABLE_KEY") != nil { return nil }
        return text(option, "CROND_TABLE_KEY_FILE")
    }

    /// Which variables hold secrets.
    func secretNames(_ option: String?) throws(ConfigurationError) -> SecretNames? {
        guard let given = given(option, "redact", "CROND_REDACT") else { return nil }
        guard let names = SecretNames(given.text) else {
            throw given.fault("expected names of variables with blanks between, with * for anything in them, or none")
        }
        return names
    }

    // MARK: The table

    /// The table's named files, each once and in one spelling; the service does not depend on its working directory later.
    func tableFiles(_ given: [String]) -> [String] {
        let named = given.isEmpty ? (text(nil, "CROND_TABLE").map { $0.split(separator: ":").map(String.init) } ?? []) : given
        var known: Set<String> = []
        return named.map { PathText.absolute($0, in: ServiceHost.workingDirectory) }.filter { known.insert($0).inserted }
    }

    /// The table that a service with these settings has.
    func table(_ files: [String], _ option: TableFormat?) throws(ConfigurationError) -> TableSource {
        if files.contains("") { throw ConfigurationError("'' is no name of a file: name one, or none for the system's table") }
        let named = tableFiles(files)
        guard let given = given(option?.rawValue, "format", "CROND_FORMAT") else {
            return named.isEmpty ? .systemDefault : TableSource(files: named, format: .system)
        }
        guard let format = TableFormat(rawValue: given.text)?.format else { throw given.fault("expected system or user") }
        if named.isEmpty {
            guard format == .system else { throw given.fault("name the file, too: /etc/crontab is in system format") }
            return .systemDefault
        }
        return TableSource(files: named, format: format)
    }

    // MARK: Kinds of values

    func flag(_ option: Bool, _ variable: String) throws(ConfigurationError) -> Bool {
        if option { return true }
        switch environment[variable] {
        case nil, "", "0", "false", "no": return false
        case "1", "true", "yes": return true
        case .some(let other): throw ConfigurationError("\(variable)=\(other): expected 1 or 0")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ value: String?, _ option: String, _ variable: String, _: Choice.Type
    ) throws(ConfigurationError) -> Choice?
    where Choice.RawValue == String {
        guard let given = given(value, option, variable) else { return nil }
        guard let choice = Choice(rawValue: given.text) else {
            throw given.fault("expected \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func duration(_ value: String?, _ option: String, _ variable: String) throws(ConfigurationError) -> Duration? {
        guard let given = given(value, option, variable) else { return nil }
        if let seconds = Int64(given.text), (0...86_400).contains(seconds) { return .seconds(seconds) }
        guard let duration = DurationText.read(given.text) else { throw given.fault("expected a duration such as 6s or 1m30s") }
        return duration
    }

    func count(_ value: String?, _ option: String, _ variable: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let given = given(value, option, variable) else { return nil }
        guard given.text.utf8.allSatisfy({ (48...57).contains($0) }), let count = Int(given.text), range.contains(count) else {
            throw given.fault("expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return count
    }

    func size(_ value: String?, _ option: String, _ variable: String, atMost limit: Int = .max) throws(ConfigurationError) -> Int? {
        guard let given = given(value, option, variable) else { return nil }
        guard let size = SizeText.read(given.text).map({ Int($0) }), size <= limit else {
            throw given.fault(limit == .max ? "expected a size such as 64m or 1g" : "expected a size from 0 to \(limit >> 10)k")
        }
        return size
    }

    func logLevel(_ value: String?) throws(ConfigurationError) -> LogLevel? {
        guard let given = given(value, "log-level", "CROND_LOG_LEVEL") else { return nil }
        guard let level = LogLevel(name: given.text) else { throw given.fault("expected debug, info, warning or error") }
        return level
    }

    /// The name of a zone that there is.
    func zone(_ value: String?) throws(ConfigurationError) -> String? {
        guard let given = given(value, "tz", "CROND_TZ") else { return nil }
        do {
            _ = try Surroundings.zones.zone(named: given.text)
            return given.text
        } catch {
            // The message begins with the name.
            throw ConfigurationError("\(given.prefix)\(error)")
        }
    }

    /// The service's name, which becomes part of paths and keys.
    func name(_ value: String?, _ configuration: inout Configuration) throws(ConfigurationError) {
        guard let given = given(value, "name", "CROND_NAME") else { return }
        configuration.name = given.text
        do throws(ConfigurationError) { try configuration.checkName() } catch { throw given.fault(error.description) }
    }

    func seed(_ value: String?, _ configuration: inout Configuration) throws(ConfigurationError) {
        guard let given = given(value, "seed", "CROND_SEED") else { return }
        configuration.seed = given.text
        do throws(ConfigurationError) { try configuration.checkSeed() } catch { throw given.fault(error.description) }
    }

    func host(_ value: String?, _ configuration: inout Configuration) throws(ConfigurationError) {
        guard let given = given(value, "host", "CROND_HOST") else { return }
        configuration.host = given.text
        do throws(ConfigurationError) { try configuration.checkHost() } catch { throw given.fault(error.description) }
    }
}
