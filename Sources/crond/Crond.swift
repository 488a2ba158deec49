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
            TableCommand.self, StatusCommand.self, ReloadCommand.self,
        ],
        defaultSubcommand: RunCommand.self)
}
