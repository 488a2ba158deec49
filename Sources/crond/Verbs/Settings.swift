internal import CronDaemon
internal import CronExpressions
internal import Crontabs

/// A setting comes from its option, else from the environment.
struct Settings {
    let environment: [String: String]

    func text(_ option: String?, _ variable: String) -> String? {
        if let option { return option }
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return value
    }

    /// A setting that may hold a secret, and so may come from a file that `variable_FILE` names. A file that is named must be there.
    func secret(_ option: String?, _ variable: String) throws(ConfigurationError) -> String? {
        if let value = text(option, variable) { return value }
        guard let path = text(nil, "\(variable)_FILE") else { return nil }
        do {
            let bytes = try Output.readSecret(path)
            let line = String(decoding: bytes, as: UTF8.self).prefix { !$0.isNewline }
            guard !line.isEmpty else { throw ConfigurationError("\(variable)_FILE=\(path): the file is empty") }
            return String(line)
        } catch let error as Output.ReadFailure {
            throw ConfigurationError("\(variable)_FILE=\(path): \(error.reason)")
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError("\(variable)_FILE=\(path): cannot be read")
        }
    }

    /// The table's named files; the service does not depend on its working directory later.
    func tableFiles(_ given: [String]) -> [String] {
        let named = given.isEmpty ? (text(nil, "CROND_TABLE").map { $0.split(separator: ":").map(String.init) } ?? []) : given
        return named.map { $0.hasPrefix("/") ? $0 : ServiceHost.workingDirectory + "/" + $0 }
    }

    /// The table's key, all bytes of its file; no flag shows it to whoever lists processes.
    func tableKey(file option: String? = nil) throws(ConfigurationError) -> TableKey? {
        guard let path = tableKeyFile(option) else {
            guard let text = text(nil, "CROND_TABLE_KEY") else { return nil }
            return try TableKey(Array(text.utf8))
        }
        let setting = "\(option == nil ? "CROND_TABLE_KEY_FILE=" : "--table-key-file ")\(path)"
        let bytes: [UInt8]
        do throws(Output.ReadFailure) { bytes = try Output.readSecret(path) } catch {
            throw ConfigurationError("\(setting): \(error.reason)")
        }
        do throws(ConfigurationError) { return try TableKey(bytes) } catch {
            throw ConfigurationError("\(setting): \(error)")
        }
    }

    /// The file that the key comes from; a key in the environment stands before a file that is named there.
    func tableKeyFile(_ option: String?) -> String? {
        if option == nil, text(nil, "CROND_TABLE_KEY") != nil { return nil }
        return text(option, "CROND_TABLE_KEY_FILE")
    }

    func flag(_ option: Bool, _ variable: String) throws(ConfigurationError) -> Bool {
        if option { return true }
        switch environment[variable] {
        case nil, "", "0", "false", "no": return false
        case "1", "true", "yes": return true
        case .some(let other): throw ConfigurationError("\(variable)=\(other): expected 1 or 0")
        }
    }

    func choice<Choice: RawRepresentable & CaseIterable>(
        _ text: String, _: Choice.Type, _ name: String
    ) throws(ConfigurationError) -> Choice
    where Choice.RawValue == String {
        guard let choice = Choice(rawValue: text) else {
            throw ConfigurationError("\(name) \(text): expected \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    func duration(_ option: String?, _ variable: String, _ name: String) throws(ConfigurationError) -> Duration? {
        guard let text = text(option, variable) else { return nil }
        if let seconds = Int64(text), (0...86_400).contains(seconds) { return .seconds(seconds) }
        guard let duration = DurationText.read(text) else {
            throw ConfigurationError("\(name) \(text): expected a duration such as 6s or 1m30s")
        }
        return duration
    }

    /// The name of a zone that there is.
    func zone(_ option: String?, _ variable: String, _ name: String) throws(ConfigurationError) -> String? {
        guard let text = text(option, variable) else { return nil }
        do {
            _ = try Surroundings.zones.zone(named: text)
            return text
        } catch {
            let setting = option == nil ? "\(variable)=\(text)" : "--\(name) \(text)"
            let suggestions = error.suggestions.isEmpty ? "" : "; did you mean \(error.suggestions.joined(separator: ", "))?"
            throw ConfigurationError("\(setting): \(error.message)\(suggestions)")
        }
    }
}
