internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import CronTables

struct TableCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table",
        abstract: "The table's files and revisions: list, show, compare, bring back.",
        discussion: "Through the running service or, where none runs, from the store.",
        subcommands: [List.self, Log.self, Show.self, Diff.self, Restore.self], defaultSubcommand: Log.self)

    struct Log: ParsableCommand {
        static let configuration = CommandConfiguration(commandName: "log", abstract: "List the revisions, newest first.")
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @OptionGroup var shown: ShownZone
        @OptionGroup var appearance: Appearance
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
            let clock = shown.clock
            var table = TextTable([.init("", isRight: true), .init(""), .init(""), .init(""), .init("", least: 20)])
            for case .revision(let revision) in TableCommand.ask(.revisions, service, place) {
                if json { Output.line(JSONText.of(revision)) } else { table.add(cells(revision, clock)) }
            }
            if !json { table.show(appearance) }
        }

        private func cells(_ line: RevisionSnapshot, _ clock: ClockText) -> [TextTable.Cell] {
            let by = [line.host, line.author].compactMap { $0 }.joined(separator: " by ")
            let marks = (line.current ? "  current" : "") + (line.intact ? "" : "  damaged") + mark(line.signature)
            let created = Instant(rfc3339: line.createdAt).map(clock.full) ?? line.createdAt
            let cells = ["\(line.number)", created, line.origin, String(line.hash.prefix(12)), by + marks]
            return cells.map { TextTable.Cell($0, line.intact ? line.current ? .bold : .plain : .bad) }
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the files of the table in use: mode, owner, entries, revision, state.")
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @Argument(help: "The table's files, where no service runs. (CROND_TABLE, separated by colons)")
        var files: [String] = []
        @OptionGroup var appearance: Appearance
        @Flag(help: "One JSON object a line.")
        var json = false

        func run() {
            var table = TextTable([
                .init("", least: 20, keepsEnd: true), .init("", isRight: true), .init(""), .init("", isRight: true), .init(""),
                .init("", least: 20),
            ])
            for case .file(let file) in TableCommand.ask(.table, service, place, files) {
                if json { Output.line(JSONText.of(file)) } else { table.add(Self.cells(file)) }
            }
            if !json { table.show(appearance) }
        }

        private static func cells(_ file: TableFileSnapshot) -> [TextTable.Cell] {
            let isInOrder = ["as found", "restored"].contains(file.state)
            let state = file.state + (file.reason.map { ": \($0)" } ?? "")
            return [
                .init(file.path), .init(file.owner == nil ? "-" : file.mode ?? "-"), .init(file.owner ?? "-"),
                .init(Count.of(file.entries, "entry", "entries")), .init("revision \(file.revision.map(String.init) ?? "-")"),
                .init(state, isInOrder ? .plain : .warning),
            ]
        }
    }

    struct Diff: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "diff", abstract: "Show what changed between two revisions, line by line.",
            discussion: "With one number: from that revision to the newest. Exit code 0: the same; 1: they differ.")
        @OptionGroup var service: ServiceAddress
        @OptionGroup var place: StoreAddress
        @Argument(help: "The older revision.")
        var older: Int
        @Argument(help: "The newer revision; without it the newest.")
        var newer: Int?

        func run() throws {
            let newest = newer ?? newestRevision() ?? older
            let sides = [older, newest].map { ControlPart.files(in: TableCommand.ask(.files(revision: $0), service, place)) }
            let lines = TableDiff(old: sides[0], new: sides[1], names: ["revision \(older)", "revision \(newest)"]).lines
            for line in lines { Output.line(VisibleText.shown(line)) }
            if !lines.isEmpty { throw ExitCode(1) }
        }

        private func newestRevision() -> Int? {
            guard case .revision(let newest)? = TableCommand.ask(.revisions, service, place).first else { return nil }
            return newest.number
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
            var files = ControlPart.files(in: TableCommand.ask(.files(revision: revision), service, place))
            if let file {
                files = files.filter { $0.path == file }
                if files.isEmpty { Output.fail(66, "revision \(revision) has no file \(file)") }
            }
            for item in files {
                if files.count > 1 { Output.line("==> \(VisibleText.shown(item.path)) <==") }
                Output.write(item.content)
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
            let answer = TableChange.only(in: TableCommand.ask(.restore(revision: revision), service, place, files))
            if json { return Output.line(JSONText.of(answer)) }
            let change = answer.visible
            let number = change.revision.map(String.init) ?? "-"
            if change.isCurrent == true { return Output.line("revision \(revision) is already current: nothing was changed") }
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
    ) -> [ControlPart] {
        if let answer = service.ask(request) { return answer }
        var configuration = service.configuration()
        place.add(to: &configuration)
        let named = Settings(environment: Surroundings.environment).tableFiles(files)
        if !named.isEmpty { configuration.table.files = named }
        if !named.isEmpty { configuration.table.dropInFolders = [] }
        return ServiceAddress.answerFromStore(request, configuration)
    }
}
