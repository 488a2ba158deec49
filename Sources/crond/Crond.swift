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
            RunCommand.self, CheckCommand.self, NextCommand.self, ExplainCommand.self, ZonesCommand.self, EvalCommand.self,
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
        return arguments[1] == "run" || !names(of: Self.self).contains(arguments[1]) && !arguments[1].hasPrefix("---")
    }

    /// Does what the words of a command line say. An error is a line or two, never a screen.
    static func start(_ arguments: [String]) {
        var words = Array(arguments.dropFirst())
        if words.first == "-V" { words[0] = "--version" }
        if words.first == "status" { words = StatusCommand.ordered(words) }
        if words.first == "why" { words = WhyCommand.undashed(words) }
        if let unknown = unknownCommand(words) { Output.fail(64, unknown) }
        do {
            var command = try parsed(words)
            try command.run()
        } catch {
            guard exitCode(for: error) == .validationFailure, !(error is ExitCode) else { exit(withError: error) }
            let verb = words.first.map { names(of: Self.self).contains($0) ? " \($0)" : "" } ?? ""
            Output.fail(64, "\(dashed(message(for: error), words))\nSee crond\(verb) --help.")
        }
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
        if first == TableCommand.configuration.commandName {
            let known = names(of: TableCommand.self)
            guard words.count > 1, isWord(words[1]), words[1] != "help", !known.contains(words[1]) else { return nil }
            return "unknown command 'table \(words[1])'" + hint(words[1], known, before: "table ")
        }
        guard first != "help", !names(of: Self.self).contains(first), !first.contains("/"), !ServiceHost.exists(first) else { return nil }
        let hint = hint(first, names(of: Self.self))
        return "unknown command '\(first)'" + hint + (hint.hasPrefix(";") ? "; a table that is not there yet: ./\(first)" : "")
    }

    private static func isWord(_ text: String) -> Bool { !text.isEmpty && !text.hasPrefix("-") }

    private static func hint(_ word: String, _ known: [String], before prefix: String = "") -> String {
        if let near = Spelling.nearest(to: word, among: known).first { return " (did you mean '\(prefix)\(near)'?)" }
        return "; commands: \(known.joined(separator: ", "))"
    }
}
