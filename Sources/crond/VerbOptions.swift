internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

/// The options that a verb takes, as the parser describes them.
struct VerbOptions {
    struct Option {
        /// With its dashes, each way to write it.
        var names: [String]
        var takesValue: Bool
        /// Its value is the next word, whatever that looks like.
        var takesAnyWord: Bool
        /// The environment can give it, too.
        var hasVariable: Bool
    }

    private let options: [Option]

    init(of verb: any ParsableCommand.Type) {
        guard case .object(let whole)? = try? JSONReader.read(Array(verb._dumpHelp().utf8)), case .object(let command)? = whole["command"],
            case .list(let arguments)? = command["arguments"]
        else {
            options = []
            return
        }
        options = arguments.compactMap(Option.init)
    }

    subscript(name: some StringProtocol) -> Option? { options.first { $0.names.contains(String(name)) } }

    /// The long name that is near a misspelt one; both with their dashes.
    func nearest(to name: String) -> String? {
        guard name.hasPrefix("--") else { return nil }
        let known = options.flatMap(\.names).filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        return Spelling.nearest(to: String(name.dropFirst(2)), among: known).first.map { "--\($0)" }
    }

    /// Where the first word stands that is no option and no value of one.
    func firstArgument(in words: [String]) -> Int? {
        var isValue = false
        for (index, word) in words.enumerated() {
            if word == "--" { return nil }
            defer { isValue = self[word]?.takesValue == true }
            if !isValue, !word.hasPrefix("-") { return index }
        }
        return nil
    }
}

extension VerbOptions.Option {
    fileprivate init?(_ description: JSONValue) {
        guard case .object(let fields) = description, case .list(let given)? = fields["names"] else { return nil }
        names = given.compactMap { item in
            guard case .object(let name) = item, case .text(let kind)? = name["kind"], case .text(let text)? = name["name"] else {
                return nil
            }
            return (kind == "long" ? "--" : "-") + text
        }
        takesValue = fields["kind"] == .text("option")
        takesAnyWord = fields["parsingStrategy"] == .text("unconditional")
        guard case .text(let help)? = fields["abstract"] else {
            hasVariable = false
            return
        }
        hasVariable = help.contains("(CROND_")
    }
}
