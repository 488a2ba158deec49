internal import ArgumentParser
internal import CronDaemon

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Show the version (also -V and --version).")

    func run() { Output.line(ServiceHost.version) }
}
