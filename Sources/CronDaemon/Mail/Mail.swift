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
        let user = attempt.job.command?.user.map { String($0.prefix { $0 != ":" }) } ?? user
        let from = variables["MAILFROM"].flatMap { MailAddresses($0)?.all.first } ?? MailAddresses(user)?.all.first ?? "root"
        var head = [
            "From: \"(Cron Daemon)\" <\(from)>", "To: \(recipients.all.joined(separator: ", "))",
            "Subject: \(HeaderText.word(of: masked(subject(user, host))))", "MIME-Version: 1.0",
            "Content-Type: \(plain(variables["CONTENT_TYPE"]) ?? "text/plain; charset=UTF-8")",
            "Content-Transfer-Encoding: \(plain(variables["CONTENT_TRANSFER_ENCODING"]) ?? "8bit")", "Auto-Submitted: auto-generated",
            "Precedence: bulk", "X-Cron-Run: \(HeaderText.word(of: "\(attempt.run)"))",
            "X-Cron-Outcome: \(HeaderText.word(of: "\(outcome)"))",
        ]
        for assignment in variables.assignments where !secrets.names.contains(assignment.name) {
            head.append("X-Cron-Env: \(HeaderText.word(of: "<\(assignment.name)=\(masked(assignment.value))>"))")
        }
        return Array((head.joined(separator: "\n") + "\n\n").utf8) + body(output)
    }

    private func subject(_ user: String, _ host: String) -> String {
        let isFailure = outcome.isFailure ? " (failed)" : ""
        let first = (attempt.job.command?.text ?? "").prefix { !$0.isNewline }
        return "Cron <\(user)@\(host.prefix { $0 != "." })> \(first.prefix(200))\(isFailure)"
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
    /// Whether who wants mail about failures wants one about this.
    var isFailure: Bool {
        switch self {
        case .failed, .timedOut, .interrupted, .launchFailed: true
        case .succeeded, .cancelled, .replaced, .skipped, .missed, .undelivered, .unconfirmed, .unknownAdopted: false
        }
    }
}
