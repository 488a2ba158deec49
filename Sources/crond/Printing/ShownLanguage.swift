internal import ArgumentParser
internal import CronExpressions

/// The language in which schedules are told.
struct ShownLanguage: ParsableArguments {
    @Option(help: "en or zh: the language of the answer. Default: zh in a Chinese locale (LC_ALL, LC_MESSAGES, LANG), else en.")
    var lang: String?

    func validate() throws {
        guard lang.map({ ExplanationLanguage(rawValue: $0) != nil }) ?? true else { throw ValidationError("--lang: expected en or zh") }
    }

    var language: ExplanationLanguage {
        lang.flatMap(ExplanationLanguage.init) ?? ExplanationLanguage(environment: Surroundings.environment)
    }
}

extension ExplanationLanguage {
    /// The locale's: of `LC_ALL`, `LC_MESSAGES` and `LANG` the first that says anything. Only UTF-8 is written, so a locale of another character set is none.
    init(environment: [String: String]) {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"]
        let locale = names.lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let parts = locale.split(separator: "@", maxSplits: 1).first?.split(separator: ".", maxSplits: 1) ?? []
        let language = parts.first?.prefix { $0 != "_" && $0 != "-" }.lowercased()
        let characters = parts.count > 1 ? parts[1].lowercased().filter { $0 != "-" } : "utf8"
        self = language == "zh" && characters == "utf8" ? .chinese : .english
    }
}
