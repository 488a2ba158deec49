internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronJobs

struct AtCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "at", abstract: "Run something once, at a time.",
        discussion: """
            TIME is 14:30 (the next one), 'tomorrow 9:00', 'fri 9:00', +10m, '2027-01-31 12:00 Europe/Berlin' or RFC 3339. The running service \
            keeps it, over restarts, too. Examples:
              crond at 14:30 --name reindex -- /app/reindex --all
              crond at +10m -c 'cd /srv && ./backup > backup.log'
              crond at 14:30 --publish notices nightly --body @message.json
            """)

    @Argument(help: ArgumentHelp("When. The service reads it, by its clock and in its zone.", valueName: "time"))
    var time: String?
    @Argument(help: .hidden)
    var timeOfDay: String?
    @Argument(help: .hidden)
    var zone: String?
    @Argument(parsing: .postTerminator, help: "What: a program and its arguments, behind --.")
    var words: [String] = []

    @Option(name: [.customShort("c"), .customLong("command")], parsing: .unconditional, help: "What: a text for the shell.")
    var text: String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "What: a message to this exchange ('' is the default one) with this routing key.", valueName: "exchange> <key"))
    var publish: [String] = []
    @Option(help: ArgumentHelp("With --publish: the message, @FILE, or @- for standard input. Default: empty.", valueName: "text"))
    var body: String?
    @Option(help: "Its id is at:NAME; without it the service makes one up.")
    var name: String?
    @Option(help: "As whom it runs; only root may name another than the service's own user.")
    var user: String?
    @Option(help: "The directory it runs in; default: HOME.")
    var cwd: String?
    @Option(parsing: .unconditionalSingleValue, help: ArgumentHelp("A variable for it; several are possible.", valueName: "name=value"))
    var env: [String] = []

    @Flag(help: "Show what is still to run once.")
    var list = false
    @Option(help: ArgumentHelp("Take it back before it runs; several are possible.", valueName: "id"))
    var cancel: [String] = []
    @Flag(help: "One JSON object a line.")
    var json = false

    @OptionGroup var address: OnceAddress
    @OptionGroup var shown: ShownZone
    @OptionGroup var appearance: Appearance

    private var service: ServiceAddress { address.service }
    private var when: [String] { [time, timeOfDay, zone].compactMap(\.self) }

    func validate() throws {
        let isAdding = !when.isEmpty || !words.isEmpty || text != nil || !publish.isEmpty
        if !cancel.isEmpty, !list, !when.isEmpty, words.isEmpty, text == nil, publish.isEmpty {
            throw ValidationError("--cancel takes one ID; for several: --cancel \((cancel + when).joined(separator: " --cancel "))")
        }
        guard [isAdding, list, !cancel.isEmpty].count(where: \.self) == 1 else {
            throw ValidationError(
                isAdding || list || !cancel.isEmpty
                    ? "a time, --list and --cancel exclude each other" : "expected a time, --list or --cancel ID")
        }
        guard isAdding else {
            if name != nil || user != nil || cwd != nil || !env.isEmpty || body != nil {
                throw ValidationError("--name, --user, --cwd, --env and --body belong to something that is to run")
            }
            return
        }
        guard !when.isEmpty else { throw ValidationError("expected a time, such as 14:30, 'tomorrow 9:00' or +10m") }
        guard publish.isEmpty else { return try validatePublication() }
        if body != nil { throw ValidationError("--body belongs to --publish") }
        if text != nil, !words.isEmpty { throw ValidationError("-c and the words behind -- exclude each other") }
        guard text != nil || !words.isEmpty else {
            throw ValidationError("expected what to run: a program and its arguments behind --, or -c and a text for the shell")
        }
        if let wrong = env.first(where: { !$0.contains("=") || $0.hasPrefix("=") }) {
            throw ValidationError("--env \(wrong): expected NAME=VALUE")
        }
    }

    private func validatePublication() throws {
        guard text == nil, words.isEmpty else { throw ValidationError("--publish and a command exclude each other") }
        guard publish.count == 2 else { throw ValidationError("--publish takes an exchange and a routing key, either may be ''") }
        if publish == ["", ""] { throw ValidationError("the default exchange takes the name of a queue as its key") }
        if user != nil || cwd != nil || !env.isEmpty { throw ValidationError("--user, --cwd and --env belong to a command") }
    }

    private var publication: Publication? {
        guard publish.count == 2 else { return nil }
        let names = publish.map { $0.isEmpty ? nil : $0 }
        return Publication(exchange: names[0], key: names[1], content: MessageBody.content(body))
    }

    func run() {
        if list { return showList() }
        if !cancel.isEmpty { return takeBack() }
        let request = OnceRequest(
            time: when.joined(separator: " "), command: text ?? ShellWords.quoted(words), name: name, user: user,
            directory: cwd.map(absolute),
            variables: env.map { entry in
                let end = entry.firstIndex(of: "=") ?? entry.endIndex
                return .init(name: String(entry[..<end]), value: String(entry[end...].dropFirst()))
            }, publication: publication)
        guard request.command.utf8.count <= Self.mostBytes else {
            Output.fail(
                65, "the command has \(request.command.utf8.count) bytes, and at most \(Self.mostBytes) are possible: put it into a file")
        }
        guard case .once(let once)? = service.askRunning(.at(request)).first else { Output.fail(76, "the service gave no answer") }
        if json { return Output.line(JSONText.of(once)) }
        Output.line(sentence(once))
        Output.line("To look: crond at --list   To cancel: crond at --cancel \(once.id)")
    }

    private static let mostBytes = MessageBody.mostBytes

    private func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(ServiceHost.workingDirectory)/\(path)" }

    /// On the clock of the zone in which the time was meant, unless another is asked for.
    private func clock(_ once: OnceSnapshot) -> ClockText {
        let difference = service.clockDifference
        guard shown.tz == nil, let zone = try? Surroundings.zones.zone(named: once.zone) else { return shown.clockAhead(by: difference) }
        return ClockText(zone: zone, now: Surroundings.time(ahead: difference))
    }

    private func sentence(_ once: OnceSnapshot) -> String {
        let clock = clock(once)
        let who = once.isShared ? once.host.map { ", by host \($0) only" } ?? ", by whichever replica is first" : ""
        let what = publish.isEmpty ? "runs once" : "is published once"
        let user = publish.isEmpty ? ", as \(once.user)" : ""
        return "\(once.id) \(what), \(Self.when(once.time, clock)) (\(clock.relative(once.time)))\(user)\(who)."
    }

    /// `today 14:30 CET`, `tomorrow 09:00 CET`, `2027-01-31 12:00 CET`.
    private static func when(_ time: Instant, _ clock: ClockText) -> String {
        let there = time.civil(in: clock.zone)
        func isOn(_ other: Instant) -> Bool {
            let day = other.civil(in: clock.zone)
            return (day.year, day.month, day.day) == (there.year, there.month, there.day)
        }
        let day = isOn(clock.now) ? "today " : isOn(clock.now + 86_400) ? "tomorrow " : nil
        return day.map { "\($0)\(clock.ofDay(time)) \(clock.abbreviation(time))" } ?? clock.full(time)
    }

    private func showList() {
        let clock = shown.clockAhead(by: service.clockDifference)
        var table = TextTable([
            .init("ID"), .init("WHEN"), .init("IN", goes: 3), .init("AS", goes: 2), .init("BY", least: 12, goes: 4),
            .init("COMMAND", least: 16, goes: 1), .init("", least: 20),
        ])
        var count = 0
        for case .once(let once) in service.askRunning(.atList) {
            count += 1
            if json {
                Output.line(JSONText.of(once))
                continue
            }
            let tone = once.refusal == nil ? TextTable.Cell("").tone : .warning
            let cells = [
                "\(once.id)", clock.near(once.time), clock.relative(once.time), once.user, "\(once.by)", once.command,
                once.refusal.map { "not here: \($0)" } ?? "",
            ]
            table.add(cells.map { TextTable.Cell($0, tone) })
        }
        if json { return }
        if count > 0 { table.show(appearance) }
        Output.line(count == 0 ? "Nothing is to run once." : "\(Count.of(count, "job")) to run once. \(clock.note)")
    }

    private func takeBack() {
        let taken = service.changed(by: .atCancel(cancel.map { JobID($0) }))
        for id in taken.sorted() { Output.line(json ? JSONText.of(JSONValue.fields(["cancelled": id])) : "cancelled \(id)") }
    }
}

/// `ServiceAddress` for a verb whose `--name` is another's.
struct OnceAddress: ParsableArguments {
    @Option(name: .customLong("service"), help: "Name of the service. (CROND_NAME)")
    var serviceName: String?

    @Option(help: "Path of its control socket. (CROND_SOCKET)")
    var socket: String?

    var service: ServiceAddress {
        var address = ServiceAddress()
        (address.name, address.socket) = (serviceName, socket)
        return address
    }
}
