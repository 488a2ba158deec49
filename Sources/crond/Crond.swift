internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions

struct Crond: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crond",
        abstract: "The cron service of a container.",
        discussion: "Without a verb it runs the service: `crond` is `crond run`.",
        version: ServiceHost.version,
        subcommands: [
            RunCommand.self, WorkerCommand.self, CheckCommand.self, NextCommand.self, ExplainCommand.self, ZonesCommand.self,
            EvalCommand.self,
            TableCommand.self, StatusCommand.self, JobsCommand.self, RunsCommand.self, WhyCommand.self, LogsCommand.self, ShowCommand.self,
            ReloadCommand.self, PauseCommand.self, ResumeCommand.self, TriggerCommand.self, CancelCommand.self, AtCommand.self,
            PublishCommand.self, EventsCommand.self, WatchCommand.self, DoctorCommand.self, CompletionCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    private static func names(of type: any ParsableCommand.Type) -> [String] {
        type.configuration.subcommands.map { $0.configuration.commandName ?? "" }
    }

    /// Whether these words ask for the service, before they are parsed: anything but another verb.
    static func runsService(_ arguments: [String]) -> Bool {
        guard arguments.count > 1 else { return true }
        // Completion scripts ask with three dashes.
        return ["run", "worker"].contains(arguments[1]) || !names(of: Self.self).contains(arguments[1]) && !arguments[1].hasPrefix("---")
    }

    /// Does what the words of a command line say. An error is a line or two, never a screen.
    static func start(_ arguments: [String]) {
        var words = Array(arguments.dropFirst())
        if words.first == "-V" { words[0] = "--version" }
        if let fault = unknownCommand(words) ?? verbBehindOptions(words) { Output.fail(64, fault) }
        let named = namedVerb(words)
        if words.first == "why" { words = WhyCommand.undashed(words) }
        do {
            words = try Array(words[..<named.length]) + CommandWords.meant(Array(words[named.length...]), by: named.verb)
            if words.first == "status" { words = StatusCommand.ordered(words) }
            var command = try parsed(words)
            try command.run()
        } catch let fault as CommandWords.Fault {
            Output.fail(64, fault.message + help(for: words))
        } catch {
            guard exitCode(for: error) == .validationFailure, !(error is ExitCode) else { exit(withError: error) }
            Output.fail(64, dashed(CommandWords.told(message(for: error), by: named.verb), words) + help(for: words))
        }
    }

    private static func help(for words: [String]) -> String {
        let verb = words.first.map { names(of: Self.self).contains($0) ? " \($0)" : "" } ?? ""
        return "\nSee crond\(verb) --help."
    }

    /// The verb that these words begin with, `run` where they name none, and how many words name it.
    private static func namedVerb(_ words: [String]) -> (verb: any ParsableCommand.Type, length: Int) {
        guard let verb = subcommand(of: Self.self, words.first) else { return (RunCommand.self, 0) }
        guard let part = subcommand(of: verb, words.dropFirst().first) else { return (verb.configuration.defaultSubcommand ?? verb, 1) }
        return (part, 2)
    }

    private static func subcommand(of type: any ParsableCommand.Type, _ name: String?) -> (any ParsableCommand.Type)? {
        type.configuration.subcommands.first { $0.configuration.commandName == name }
    }

    /// The service's own verb is read without the others: to set up the options of all of them takes longer than anything else that a service does at
    /// its start.
    private static func parsed(_ words: [String]) throws -> any ParsableCommand {
        guard words.first == RunCommand.configuration.commandName else { return try parseAsRoot(words) }
        return try RunCommand.parseAsRoot(Array(words.dropFirst()))
    }

    /// Why an option has no value, where the word behind it was taken for another option.
    private static func dashed(_ message: String, _ words: [String]) -> String {
        guard message.hasPrefix("Missing value for '"),
            let option = message.split(separator: "'").dropFirst().first?.split(separator: " ").first,
            let place = words.firstIndex(of: String(option)), words.indices.contains(place + 1)
        else { return message }
        return "\(option) has no value; one that begins with a dash is written \(option)=\(VisibleText.shown(words[place + 1]))"
    }

    // MARK: Misspelt verbs

    /// Why the first word is no command, where it stands in the place of one. A word with a slash, or the name of a file, is a table.
    private static func unknownCommand(_ words: [String]) -> String? {
        guard let first = words.first, isWord(first) else { return nil }
        let isHelp = first == "help", asked = isHelp ? Array(words.dropFirst()) : words
        if asked.first == TableCommand.configuration.commandName {
            let known = names(of: TableCommand.self)
            guard asked.count > 1, isWord(asked[1]), asked[1] != "help", !known.contains(asked[1]) else { return nil }
            return "unknown command 'table \(asked[1])'" + hint(asked[1], known, before: "table ")
        }
        guard let word = asked.first, isWord(word), word != "help", !names(of: Self.self).contains(word) else { return nil }
        guard isHelp || !word.contains("/") && !ServiceHost.exists(word) else { return nil }
        let hint = hint(word, names(of: Self.self))
        return "unknown command '\(word)'" + hint + (!isHelp && hint.hasPrefix(";") ? "; a table that is not there yet: ./\(word)" : "")
    }

    /// A verb behind options would be taken for a table that is not there yet. What may hold a password is not shown.
    private static func verbBehindOptions(_ words: [String]) -> String? {
        guard let first = words.first, first.hasPrefix("-"), !first.hasPrefix("---") else { return nil }
        guard words.contains(where: names(of: Self.self).contains) else { return nil }
        guard let place = VerbOptions(of: RunCommand.self).firstArgument(in: words), names(of: Self.self).contains(words[place]),
            !words[..<place].contains(where: ["-h", "--help", "--version"].contains), !ServiceHost.exists(words[place])
        else { return nil }
        var others = words
        let verb = others.remove(at: place)
        let shown = [verb] + others.map { $0.contains("://") ? "…" : ShellWords.quoted([$0]) }
        return "the verb comes first: crond \(shown.joined(separator: " "))"
    }

    private static func isWord(_ text: String) -> Bool { !text.isEmpty && !text.hasPrefix("-") }

    private static func hint(_ word: String, _ known: [String], before prefix: String = "") -> String {
        if let near = Spelling.nearest(to: word, among: known).first { return " (did you mean '\(prefix)\(near)'?)" }
        return "; commands: \(known.joined(separator: ", "))"
    }
}
