internal import ArgumentParser
internal import CronDaemon

struct Crond: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crond",
        abstract: "The cron service of a container.",
        discussion: "Without a verb it runs the service: `crond` is `crond run`.",
        version: ServiceHost.version,
        subcommands: [
            RunCommand.self, CheckCommand.self, NextCommand.self, ExplainCommand.self, ZonesCommand.self, EvalCommand.self,
            TableCommand.self, StatusCommand.self, ReloadCommand.self, PauseCommand.self, ResumeCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    /// Whether these words ask for the service, before they are parsed: anything but another verb.
    static func runsService(_ arguments: [String]) -> Bool {
        guard arguments.count > 1 else { return true }
        return arguments[1] == "run" || !configuration.subcommands.contains { $0.configuration.commandName == arguments[1] }
    }
}
