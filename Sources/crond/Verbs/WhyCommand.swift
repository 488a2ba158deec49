internal import ArgumentParser
internal import CronExpressions
internal import CronJobs

struct WhyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why", abstract: "Say what became of a fire time of a job, or why nothing did, and what to do.",
        discussion: """
            Without a time: the last one. Through the running service or, where none runs, from the store.
            Example: crond why nightly-backup 'today 3:00'
            """)

    @Argument(help: "Name of the job.", completion: NameCompletion.jobs)
    var job: String

    @Argument(help: "The time: 14:30, 'today 3:00', 'Mon 9:00', '2026-11-27 3:00', an RFC 3339 time.")
    var time: [String] = []

    @Flag(help: "One JSON object.")
    var json = false

    @OptionGroup var service: ServiceAddress
    @OptionGroup var place: StoreAddress
    @OptionGroup var shown: ShownZone
    @OptionGroup var appearance: Appearance

    /// `-2h` is a time that was, and no option.
    static func undashed(_ words: [String]) -> [String] {
        words.map { word in
            let rest = String(word.dropFirst())
            return word.hasPrefix("-") && DurationText.read(rest) != nil ? rest : word
        }
    }

    func run() {
        let clock = shown.clockAhead(by: service.clockDifference)
        let time = time.isEmpty ? nil : clock.past(self.time.joined(separator: " "))
        guard case .account(let account)? = TableCommand.ask(.why(JobID(job), at: time), service, place).first else {
            Output.fail(76, "the service gave no answer")
        }
        if json { return Output.line(JSONText.of(account)) }
        let isColored = appearance.color.isOn()
        for (index, line) in WhyReport(account.visible, clock).lines.enumerated() {
            Output.shown(index == 0 ? Tone.bold.applied(to: line, isColored: isColored) : line)
        }
    }
}
