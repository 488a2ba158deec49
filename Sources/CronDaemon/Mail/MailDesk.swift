internal import CronJobs
internal import CronProcesses
internal import Glibc
internal import LinuxEvents

// Mail about runs, as cron sends it: by the machine's sendmail, as the job's user, once the run's outcome is in the store.
//
//     ended ──▶ recorded ──is it wanted?──▶ waits ──a place──▶ sendmail, at most a minute ──▶ its end, said where it failed
//
//                                                  │
//                                                  └──the service ends──▶ given up, none of them made: one line for all
//
// A mailer is a process like any job's: started off the loop, in a group of its own, its output in the log, killed when its time is over. Nobody waits
// for it. Mail is sent once, and not kept: what a service that is killed had not sent is not sent by its next life.

/// Sends mail.
actor MailDesk {
    /// So many mailers at once, and so many mails that wait for one.
    private static let mostAtOnce = 4, mostWaiting = 256
    /// Ends of runs that are on their way into the store.
    private static let mostUnrecorded = 4096
    private static let patience = Duration.seconds(60)

    struct Parts: Sendable {
        var loop: EventLoop
        /// Starts mailers, and keeps what they write on the shelf.
        var runner: any Runner
        var outputs: OutputShelf
        var host: String
        var path: String
        var secrets: Secrets
        var clocks: any Clocks
        var log: Log
    }

    private struct Name: Hashable {
        var run: RunID
        var attempt: Int
    }

    private struct Letter: Sendable {
        var mail: Mail
        var output: OutputExcerpt
    }

    private struct Reporter: RunReporter {
        let desk: MailDesk

        func report(_ events: [RunEvent]) async {
            for event in events { if case .finished(let finish) = event { await desk.sent(finish) } }
        }
    }

    private nonisolated let parts: Parts
    private let ended = Locked<[Name: (attempt: Attempt, outcome: Outcome)]>([:])
    private var waiting: [Letter] = []
    private var going = 0
    private var program: String?
    private var isLookedFor = false
    private var saidNone = false
    /// There was no mailer: looked for again then.
    private var lookAt = MonotonicTime(nanoseconds: 0)
    private var saidUnsafe: Set<String> = []
    /// The service ends: no mailer starts any more.
    private var isEnding = false
    private var givenUp = GivenUp()

    nonisolated var unownedExecutor: UnownedSerialExecutor { parts.loop.asUnownedSerialExecutor() }

    init(_ parts: Parts) { self.parts = parts }

    /// An attempt has ended; its outcome is not in the store yet.
    nonisolated func note(_ attempt: Attempt, _ outcome: Outcome) {
        guard let variables = attempt.job.command?.variables, variables !== Variables.none, variables["MAILTO"]?.isEmpty == false,
            attempt.job.policies.values.mailOn != .never
        else { return }
        ended.withLock { ended in
            // An outcome that the store never took leaves its name here.
            if ended.count >= Self.mostUnrecorded { ended = [:] }
            ended[Name(run: attempt.run, attempt: attempt.number)] = (attempt, outcome)
        }
    }

    /// Its outcome is in the store, and this is what it wrote.
    nonisolated func recorded(_ run: RunID, _ number: Int, _ output: OutputExcerpt) {
        guard let (attempt, outcome) = ended.withLock({ $0.removeValue(forKey: Name(run: run, attempt: number)) }) else { return }
        if let address = Mail.unsafeRecipients(of: attempt) {
            Task(executorPreference: parts.loop) { await self.refuse(address, attempt) }
        } else if let mail = Mail(attempt, outcome, wroteSomething: output.count > 0) {
            Task(executorPreference: parts.loop) { await self.take(Letter(mail: mail, output: output)) }
        }
    }

    private func refuse(_ address: String, _ attempt: Attempt) {
        guard saidUnsafe.count < 100, saidUnsafe.insert(address).inserted else { return }
        parts.log.warning(
            "no mail is sent: MAILTO is no address that mail is sent to", .text("job", "\(attempt.run.job)"), .text("mailto", address),
            .text("remedy", "write addresses such as ops@example.org, separated by commas"))
    }

    private func refuseSender(of attempt: Attempt) {
        guard let address = Mail.unsafeSender(of: attempt), saidUnsafe.count < 100, saidUnsafe.insert("MAILFROM=\(address)").inserted else {
            return
        }
        parts.log.warning(
            "mail comes from the job's user: MAILFROM is no address that mail can come from", .text("job", "\(attempt.run.job)"),
            .text("mailfrom", address), .text("remedy", "write one address such as cron@example.org, without a name beside it"))
    }

    private func take(_ letter: Letter) async {
        if program == nil, !isLookedFor, parts.clocks.monotonic < lookAt { return }
        if isEnding { return givenUp.add(letter.mail.attempt.run.job) }
        guard waiting.count < Self.mostWaiting else { return lose(letter.mail, "\(waiting.count) mails wait already") }
        refuseSender(of: letter.mail.attempt)
        waiting.append(letter)
        if program == nil, !isLookedFor { await look() }
        send()
    }

    /// Paths are touched off the loop.
    private func look() async {
        isLookedFor = true
        let folders = parts.path.split(separator: ":").map(String.init) + ["/usr/sbin", "/usr/lib"]
        let found = await PatientLook.at(parts.loop, within: .seconds(5)) {
            folders.lazy.filter { $0.hasPrefix("/") }.map { $0 + "/sendmail" }.first { access($0, X_OK) == 0 }
        }
        isLookedFor = false
        program = found ?? nil
        guard program == nil else { return }
        waiting = []
        lookAt = parts.clocks.monotonic + .seconds(60)
        if saidNone { return }
        saidNone = true
        parts.log.warning(
            "no mail is sent: there is no sendmail on PATH", .text("path", parts.path),
            .text("remedy", "install a mailer that has one (msmtp-mta, postfix, busybox), or take MAILTO away, or --mail-on never"))
    }

    private func send() {
        while !isEnding, going < Self.mostAtOnce, !waiting.isEmpty, let program {
            let letter = waiting.removeFirst()
            going += 1
            let attempt = attempt(letter, by: program), parts = parts
            Task(executorPreference: parts.loop) { await parts.runner.start([attempt], reportingTo: Reporter(desk: self)) }
        }
    }

    /// The mailer's run: named after the job's, in no history.
    private func attempt(_ letter: Letter, by program: String) -> Attempt {
        let mail = letter.mail, run = mail.attempt.run
        var values = JobPolicies.Values()
        (values.timeout, values.killAfter, values.logKeep) = (Self.patience, .seconds(5), 256)
        let isPlain = program.utf8.allSatisfy { $0.isPathByte }
        let word =
            isPlain ? program : "'" + program.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
        let command = Command(
            text: "\(word) -i -oem \(mail.recipients.all.joined(separator: " "))", user: mail.sender, quiet: true)
        let job = Job(id: JobID("mail:\(run.job)"), timing: .startup, command: command, policies: JobPolicies(values))
        var attempt = Attempt(
            run: RunID(job: job.id, run.occasion), number: mail.attempt.number, fence: 0, trigger: .manual, job: job,
            scheduledAt: mail.attempt.scheduledAt)
        attempt.input = mail.text(letter.output, host: parts.host, secrets: parts.secrets, user: OwnUser.name)
        return attempt
    }

    private func sent(_ finish: Finish) {
        going -= 1
        parts.outputs.remove(finish.run, attempt: finish.attempt)
        let job = JobID(String("\(finish.run.job)".dropFirst("mail:".count)))
        if finish.outcome == .cancelled, isEnding {
            givenUp.add(job)
        } else if finish.outcome != .succeeded {
            parts.log.warning(
                "a mail was not sent", .text("job", "\(job)"), .text("outcome", "\(finish.outcome)"),
                .text("reason", finish.reason ?? Self.reason(finish)))
        }
        send()
    }

    private static func reason(_ finish: Finish) -> String {
        if !finish.tail.isEmpty { return "see the mailer's output above" }
        let silence = "the mailer wrote nothing"
        return finish.outcome == .timedOut ? "the mailer did not end within \(patience.components.seconds) s; \(silence)" : silence
    }

    // MARK: The end

    /// The service ends: what waits for a mailer is given up.
    func end() {
        isEnding = true
        for letter in waiting { givenUp.add(letter.mail.attempt.run.job) }
        waiting = []
    }

    /// Says what was not sent, once nothing more comes.
    func close() {
        guard givenUp.count > 0 else { return }
        parts.log.warning(
            "mails were not sent: the service ended first", .number("count", Int64(givenUp.count)), .text("jobs", givenUp.names))
    }

    private func lose(_ mail: Mail, _ reason: String) {
        parts.log.warning("a mail was not sent", .text("job", "\(mail.attempt.run.job)"), .text("reason", reason))
    }
}

/// Mails that nobody sends any more: how many, and of which jobs the first are.
private struct GivenUp {
    private static let mostNamed = 5
    private(set) var count = 0
    private var jobs: [JobID] = []

    mutating func add(_ job: JobID) {
        count += 1
        if jobs.count <= Self.mostNamed, !jobs.contains(job) { jobs.append(job) }
    }

    var names: String { jobs.prefix(Self.mostNamed).map { "\($0)" }.joined(separator: ", ") + (jobs.count > Self.mostNamed ? " …" : "") }
}

/// The service's own user, for the head of mails.
private enum OwnUser {
    static let name: String = {
        if getuid() == 0 { return "root" }
        return getenv("USER").map { String(cString: $0) } ?? "uid\(getuid())"
    }()
}

extension UInt8 {
    fileprivate var isPathByte: Bool {
        (48...57).contains(self) || (65...90).contains(self) || (97...122).contains(self) || "/._-".utf8.contains(self)
    }
}
