internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions

struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "The table's revisions: list, show, bring back.",
        discussion: "Through the running service or, where none runs, from the store.",
        subcommands: [Log.self, Show.self, Restore.self], defaultSubcommand: Log.self)

    struct Log: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "log", abstract: "List the revisions, newest first.")
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @Flag(help: "One JSON object a line.")
        var json = false

        private func mark(_ signature: String?) -> String {
            switch signature {
            case "valid", "unchecked": "  signed"
            case "missing": "  unsigned"
            case "wrong": "  altered"
            default: ""
            }
        }

        func run() {
            let response = TableCommand.ask(ControlRequest(.tableLog), service, place)
            for line in (json ? response : response.visible).revisions ?? [] {
                if json {
                    Output.line(JSONText.of(line))
                } else {
                    let marks = (line.current ? "  current" : "") + (line.intact ? "" : "  damaged") + mark(line.signature)
                    Output.line("\(line.number)  \(line.createdAt)  \(line.origin)  \(line.hash.prefix(12))\(marks)")
                }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show", abstract: "Write a revision to standard output, byte for byte.",
            discussion: "A revision of several files shows each below a line `==> PATH <==`; --file picks one.")
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @Argument(help: "Number of the revision.")
        var revision: Int
        @Option(help: "Only this file.")
        var file: String?

        func run() {
            var files = TableCommand.ask(ControlRequest(.tableShow, revision: revision), service, place).files ?? []
            if let file {
                files = files.filter { $0.path == file }
                if files.isEmpty { Output.fail(66, "revision \(revision) has no file \(file)") }
            }
            for item in files {
                if files.count > 1 { Output.line("==> \(VisibleText.shown(item.path)) <==") }
                Output.write(ControlCoding.bytes(base64: item.base64) ?? [])
            }
        }
    }

    struct Restore: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "restore", abstract: "Make a revision the newest one and write it to the table's files.",
            discussion: """
                The running service acts on it at once. Nothing is lost: the present table stays a revision. Drop-in files that the revision \
                does not have are removed. Where no service runs, only files of the table are written: those named here, else those of \
                CROND_TABLE, else /etc/crontab and /etc/cron.d/*; a revision that names others is refused with 78.
                """)
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @Argument(help: "Number of the revision.")
        var revision: Int
        @Argument(help: "The table's files, where no service runs. (CROND_TABLE, separated by colons)")
        var files: [String] = []
        @Flag(help: "One JSON object.")
        var json = false

        func run() {
            let response = TableCommand.ask(ControlRequest(.tableRestore, revision: revision), service, place, files)
            guard let change = (json ? response : response.visible).change else {
                Output.fail(76, "the service gave no answer")
            }
            if json { return Output.line(JSONText.of(change)) }
            let number = change.revision.map(String.init) ?? "-"
            Output.line("restored revision \(revision) as revision \(number)")
            for file in change.unwritten ?? [] {
                Output.line(
                    "not written: \(file.path): \(file.reason); revision \(number) is used until this file changes or the table is reloaded"
                )
            }
        }
    }

    /// From the running service or, with none, from the store.
    ///
    /// - Parameter files: the table's, where they are named.
    static func ask(
        _ request: ControlRequest, _ service: ServiceAddress, _ place: StoreAddress, _ files: [String] = []
    ) -> ControlResponse {
        if let response = service.ask(request) { return response }
        var configuration = service.configuration()
        place.add(to: &configuration)
        let named = Settings(environment: Surroundings.environment).tableFiles(files)
        if !named.isEmpty { configuration.table = TableSource(files: named) }
        let response = ServiceHost.answerFromStore(request, configuration)
        if let error = response.visible.error { Output.fail(response.code ?? 69, error) }
        return response
    }
}
