internal import CronDaemon
internal import Crontabs

/// A setting comes from its option, else from the environment.
struct Settings {
    let environment: [String: String]

    func text(_ option: String?, _ variable: String, secretFile: String? = nil) -> String? {
        if let option { return option }
        if let value = environment[variable], !value.isEmpty { return value }
        guard let secretFile, let path = environment[secretFile], let bytes = try? Output.read(path) else { return nil }
        return String(String(decoding: bytes, as: UTF8.self).prefix { $0 != "\n" })
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
}
