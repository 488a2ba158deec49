internal import CronJobs

// A mail about a run, as a sendmail takes it. What the table and the job say goes into its head in forms that cannot end a line; the body is what the
// run wrote.

/// A mail about an attempt that has ended.
struct Mail: Sendable {
    let attempt: Attempt
    let outcome: Outcome
    let recipients: MailAddresses

    /// `nil` where none is wanted. A failure that another attempt follows is not one to tell.
    init?(_ attempt: Attempt, _ outcome: Outcome, wroteSomething: Bool) {
        guard let command = attempt.job.command, let to = command.variables["MAILTO"], let recipients = MailAddresses(to) else {
            return nil
        }
        switch attempt.job.policies.values.mailOn ?? .output {
        case .never: return nil
        case .output: guard wroteSomething else { return nil }
        case .failure:
            let isLast = !outcome.invitesRetry || attempt.number >= attempt.job.policies.values.retry.attempts
            guard outcome.isFailure, isLast else { return nil }
        }
        (self.attempt, self.outcome, self.recipients) = (attempt, outcome, recipients)
    }

    /// As whom its mailer runs; `nil` is the service's own user. That is also who sends a mail about a run that could not become its user: nobody else
    /// can.
    var sender: String? { outcome.isWithoutUser ? nil : attempt.job.command?.user }

    /// What is no address that a mail can come from; it comes from the run's user then.
    static func unsafeSender(of attempt: Attempt) -> String? {
        guard let from = attempt.job.command?.variables["MAILFROM"], !from.isEmpty else { return nil }
        return MailAddresses(from)?.all.count == 1 ? nil : from
    }

    /// Whether somebody wants mail about its runs, and to whom that is cannot be.
    static func unsafeRecipients(of attempt: Attempt) -> String? {
        guard let to = attempt.job.command?.variables["MAILTO"], !to.isEmpty, attempt.job.policies.values.mailOn != .never else {
            return nil
        }
        return MailAddresses(to) == nil ? to : nil
    }

    /// - Parameters:
    ///   - secrets: what the head must not say; what the run wrote is masked already.
    ///   - user: as whom runs go that name no user.
    func text(_ output: OutputExcerpt, host: String, secrets: Secrets, user: String) -> [UInt8] {
        let variables = attempt.job.command?.variables ?? .none, mask = secrets.mask
        func masked(_ text: String) -> String { mask?.masked(text) ?? text }
        func name(_ column: String?) -> String { column.map { String($0.prefix { $0 != ":" }) } ?? user }
        let given = Self.unsafeSender(of: attempt) == nil ? variables["MAILFROM"].flatMap { MailAddresses($0)?.all.first } : nil
        let from = given ?? MailAddresses(name(sender))?.all.first ?? "root"
        let head = [
            "From: \"(Cron Daemon)\" <\(from)>", "To: \(recipients.all.joined(separator: ", "))",
            "Subject: \(HeaderText.word(of: subject(name(attempt.job.command?.user), host, masked)))", "MIME-Version: 1.0",
            "Content-Type: \(plain(variables["CONTENT_TYPE"]) ?? "text/plain; charset=UTF-8")",
            "Content-Transfer-Encoding: \(plain(variables["CONTENT_TRANSFER_ENCODING"]) ?? "8bit")", "Auto-Submitted: auto-generated",
            "Precedence: bulk", "X-Cron-Run: \(HeaderText.word(of: "\(attempt.run)"))",
            "X-Cron-Outcome: \(HeaderText.word(of: "\(outcome)"))",
        ]
        let all = head + environment(variables, secrets.names, masked)
        return Array((all.joined(separator: "\n") + "\n\n").utf8) + body(output)
    }

    /// The table's variables, as far as they are short: they may be a megabyte, and the head is made anew for each mail.
    private func environment(_ variables: Variables, _ secret: SecretNames, _ masked: (String) -> String) -> [String] {
        var lines: [String] = [], room = Self.roomForVariables, leftOut = 0
        for assignment in variables.assignments {
            let size = assignment.name.utf8.count + assignment.value.utf8.count
            guard size <= min(room, Self.longestVariable) else {
                leftOut += 1
                continue
            }
            room -= size
            if secret.contains(assignment.name) { continue }
            lines.append("X-Cron-Env: \(HeaderText.word(of: "<\(assignment.name)=\(masked(assignment.value))>"))")
        }
        return leftOut == 0 ? lines : lines + ["X-Cron-Env-Left-Out: \(leftOut)"]
    }

    static let longestVariable = 2000, roomForVariables = 16 << 10

    private func subject(_ user: String, _ host: String, _ masked: (String) -> String) -> String {
        let isFailure = outcome.isFailure ? " (failed)" : ""
        // Masked before it is cut, so that no secret loses its end.
        let beginning = masked(String(decoding: (attempt.job.command?.text ?? "").utf8.prefix(8000), as: UTF8.self))
        let first = beginning.prefix(200).prefix { !$0.isNewline }
        return "Cron <\(masked(user))@\(host.prefix { $0 != "." })> \(first)\(isFailure)"
    }

    private func plain(_ value: String?) -> String? {
        guard let value, (1...200).contains(value.utf8.count), value.utf8.allSatisfy({ (32...126).contains($0) }) else { return nil }
        return value
    }

    private func body(_ output: OutputExcerpt) -> [UInt8] {
        if output.count == 0 { return Array("It wrote nothing. Outcome: \(outcome)\n".utf8) }
        var body = output.first
        if output.dropped > 0 { body += Array("\n[... \(output.dropped) bytes left out ...]\n".utf8) }
        body += output.last
        body.removeAll { $0 == 0 }
        if body.last != UInt8(ascii: "\n") { body.append(UInt8(ascii: "\n")) }
        return body
    }
}

extension Outcome {
    /// The run's user is not there, or cannot be become: no process of that user can be started.
    fileprivate var isWithoutUser: Bool {
        guard case .launchFailed(let stage) = self else { return false }
        return ["user", "setgroups", "setgid", "setuid", "capabilities"].contains(stage)
    }

    /// Whether who wants mail about failures wants one about this.
    var isFailure: Bool {
        switch self {
        case .failed, .timedOut, .interrupted, .launchFailed: true
        case .succeeded, .cancelled, .replaced, .skipped, .missed, .undelivered, .unconfirmed, .unknownAdopted: false
        }
    }
}
