internal import ArgumentParser
internal import CronDaemon
internal import CronJobs

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a run has written, or a job's newest run; with -f, what it goes on to write.",
        discussion: """
            Of each run the beginning and the end are kept (--keep-output, log-keep=), both streams in the order of arrival, secrets masked. \
            Through the running service or, with none, from the store. With -f it ends with the attempt: from a run on this host at once, \
            from one on another at most 5 s later; and with 69 where the service does not answer for 20 s.
            """)

    @Argument(
        help: ArgumentHelp("A run such as nightly@1700000000, or a job.", valueName: "run|job"), completion: NameCompletion.jobsAndRuns)
    var subject: String

    @Flag(name: .shortAndLong, help: "Go on until the attempt ends.")
    var follow = false

    @Option(parsing: .unconditional, help: "Which attempt. Default: the last.")
    var attempt: NumberText?

    @Flag(help: "Byte for byte, control characters included.")
    var raw = false

    @Flag(help: "One JSON object for each piece: run, attempt, text, and how many bytes before it are missing.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var place: StoreAddress

    func validate() throws {
        if raw, json { throw ValidationError("--raw and --json: one of them at a time") }
        try attempt?.check("--attempt", 1...100_000)
    }

    func run() throws {
        var printer = OutputPrinter(form: json ? .json : raw ? .raw : .visible)
        let choice = RunChoice(subject, attempt: attempt?.value)
        if follow {
            follow(choice, &printer)
        } else {
            for part in service.askOrRead(.output(choice, follows: false), place) { printer.show(part) }
        }
        printer.end()
        if !printer.hasShown, !json { Output.error("crond: \(subject) has written nothing, or nothing of it is kept") }
    }

    private func follow(_ choice: RunChoice, _ printer: inout OutputPrinter) {
        guard !service.follow(.output(choice, follows: true), each: { printer.show($0) }) else { return }
        printer.end()
        Output.fail(69, "the service broke off: it ended before the run, or this program took nothing for too long")
    }
}
