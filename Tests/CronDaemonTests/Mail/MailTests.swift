@testable internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Testing

@Suite("Mail about runs") struct MailTests {
    private func attempt(
        _ variables: [(String, String)] = [("MAILTO", "ops@example.org")], on policy: MailPolicy? = nil, number: Int = 1, attempts: Int = 1,
        command: String = "backup --all", user: String? = "www:33"
    ) -> Attempt {
        var values = JobPolicies.Values()
        (values.mailOn, values.retry.attempts) = (policy, attempts)
        let all = Variables(variables.map { Variables.Assignment(name: $0.0, value: $0.1) })
        let job = Job(
            id: JobID("b"), timing: .startup, command: Command(text: command, user: user, variables: all), policies: JobPolicies(values))
        return Attempt(
            run: RunID(job: job.id, .scheduled(Instant(1_700_000_000))), number: number, fence: 1, trigger: .scheduled, job: job,
            scheduledAt: Instant(1_700_000_000))
    }

    private func text(_ attempt: Attempt, _ outcome: Outcome, _ output: OutputExcerpt, secrets: Secrets? = nil) throws -> [String] {
        let mail = try #require(Mail(attempt, outcome, wroteSomething: output.count > 0))
        let none = Secrets(.none, environment: [:])
        let bytes = mail.text(output, host: "web-0.example.org", secrets: secrets ?? none, user: "root")
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private let failure = Outcome.failed(.exit(1))

    @Test("Which runs are mailed: those that wrote something, or those that failed in the end, or none; only where MAILTO is set")
    func wanted() {
        #expect(Mail(attempt(), .succeeded, wroteSomething: true) != nil && Mail(attempt(), failure, wroteSomething: false) == nil)
        #expect(
            Mail(attempt([]), failure, wroteSomething: true) == nil && Mail(attempt([("MAILTO", "")]), failure, wroteSomething: true) == nil
        )
        #expect(Mail(attempt([("MAILTO", "-x")]), failure, wroteSomething: true) == nil)
        #expect(Mail.unsafeRecipients(of: attempt([("MAILTO", "-x")])) == "-x" && Mail.unsafeRecipients(of: attempt()) == nil)
        for outcome in [failure, .timedOut, .interrupted, .launchFailed(stage: "user")] {
            #expect(Mail(attempt(on: .failure), outcome, wroteSomething: false) != nil, "\(outcome)")
        }
        #expect(Mail(attempt(on: .failure), .succeeded, wroteSomething: true) == nil)
        #expect(Mail(attempt(on: .failure), .cancelled, wroteSomething: true) == nil)
        #expect(Mail(attempt(on: .failure, attempts: 2), failure, wroteSomething: true) == nil, "another attempt follows")
        #expect(Mail(attempt(on: .failure, number: 2, attempts: 2), failure, wroteSomething: true) != nil)
        #expect(Mail(attempt(on: .never), failure, wroteSomething: true) == nil)
    }

    @Test("Its head is cronie's, and its body what the run wrote") func whole() throws {
        let lines = try text(
            attempt([("MAILTO", "ops@example.org,root"), ("TZ", "UTC")]), failure,
            OutputExcerpt(first: Array("one\n\u{0}".utf8), dropped: 7, last: Array("two".utf8)))
        #expect(
            lines == [
                "From: \"(Cron Daemon)\" <www>", "To: ops@example.org, root", "Subject: Cron <www@web-0> backup --all (failed)",
                "MIME-Version: 1.0", "Content-Type: text/plain; charset=UTF-8", "Content-Transfer-Encoding: 8bit",
                "Auto-Submitted: auto-generated", "Precedence: bulk", "X-Cron-Run: b@1700000000", "X-Cron-Outcome: failed(exit 1)",
                "X-Cron-Env: <MAILTO=ops@example.org,root>", "X-Cron-Env: <TZ=UTC>", "", "one", "", "[... 7 bytes left out ...]", "two", "",
            ])
        #expect(try text(attempt(on: .failure), .timedOut, OutputExcerpt()).suffix(2) == ["It wrote nothing. Outcome: timedOut", ""])
    }

    @Test("MAILFROM, CONTENT_TYPE and CONTENT_TRANSFER_ENCODING hold, where they fit on a line") func variables() throws {
        let output = OutputExcerpt(last: Array("x\n".utf8))
        let good = try text(
            attempt([("MAILTO", "a"), ("MAILFROM", "cron@x"), ("CONTENT_TYPE", "text/html"), ("CONTENT_TRANSFER_ENCODING", "7bit")]),
            .succeeded, output)
        #expect(good[0].hasSuffix("<cron@x>") && good[4] == "Content-Type: text/html" && good[5] == "Content-Transfer-Encoding: 7bit")
        let bad = try text(
            attempt([("MAILTO", "a"), ("MAILFROM", "a\nBcc: x"), ("CONTENT_TYPE", "a\nBcc: x")]), .succeeded, output)
        #expect(bad[0].hasSuffix("<www>") && bad[4] == "Content-Type: text/plain; charset=UTF-8")
        #expect(!bad.contains { $0.hasPrefix("Bcc") })
    }

    @Test("No text ends a line of the head, and other letters are encoded") func head() throws {
        let hostile = "a\r\nBcc: x\u{2028}\u{1}" + String(repeating: "ü", count: 60)
        let lines = try text(attempt([("MAILTO", "a"), ("X", hostile)], command: hostile), .succeeded, OutputExcerpt(last: [65]))
        let end = try #require(lines.firstIndex(of: ""))
        #expect(lines[..<end].allSatisfy { line in line.utf8.allSatisfy { (32...126).contains($0) } && line.utf8.count < 998 })
        #expect(!lines[..<end].contains { $0.hasPrefix("Bcc") } && lines[lines.index(after: end)...] == ["A", ""])
        #expect(
            HeaderText.word(of: "ü") == "=?UTF-8?B?w7w=?=" && HeaderText.word(of: "=?x") != "=?x" && HeaderText.word(of: "x y") == "x y")
    }

    @Test("A mail comes from one address, or from the run's user") func sender() throws {
        let output = OutputExcerpt(last: [65])
        for given in ["a@b,c@d", "Ärger <a@b>", "-oQ/tmp", "a b"] {
            let attempt = attempt([("MAILTO", "a"), ("MAILFROM", given)])
            #expect(Mail.unsafeSender(of: attempt) == given)
            #expect(try text(attempt, .succeeded, output)[0].hasSuffix("<www>"))
        }
        for given in ["a@b", ""] { #expect(Mail.unsafeSender(of: attempt([("MAILFROM", given)])) == nil) }
        #expect(Mail.unsafeSender(of: attempt()) == nil)
    }

    @Test("About a run that could not become its user the service's own user tells") func withoutUser() throws {
        let attempt = attempt(on: .failure, user: "wwww-data")
        for stage in ["user", "setgroups", "setgid", "setuid", "capabilities"] {
            let outcome = Outcome.launchFailed(stage: stage)
            #expect(try #require(Mail(attempt, outcome, wroteSomething: false)).sender == nil, "\(stage)")
            let lines = try text(attempt, outcome, OutputExcerpt())
            #expect(lines[0].hasSuffix("<root>") && lines[2].hasPrefix("Subject: Cron <wwww-data@web-0>"), "\(lines)")
        }
        for outcome in [Outcome.launchFailed(stage: "chdir"), .timedOut, failure] {
            #expect(try #require(Mail(attempt, outcome, wroteSomething: false)).sender == "wwww-data")
        }
    }

    @Test("Of a table's variables the head has as many as are short, and says how many it leaves out") func bounded() throws {
        let long = String(repeating: "x", count: 2_100), short = String(repeating: "y", count: 900)
        let many = (0..<40).map { ("V\($0)", short) } + [("BIG", String(repeating: long, count: 500)), ("LAST", "z")]
        let lines = try text(attempt([("MAILTO", "a")] + many), .succeeded, OutputExcerpt(last: [65]))
        let head = lines.prefix { !$0.isEmpty }
        #expect(head.joined().utf8.count < 30_000 && !head.contains { $0.contains("BIG") })
        let shown = head.filter { $0.hasPrefix("X-Cron-Env: ") }.count
        #expect(shown > 15 && head.contains("X-Cron-Env-Left-Out: \(43 - shown)"), "\(shown)")
        #expect(head.contains("X-Cron-Env: <LAST=z>"), "what is short still has room")
        let command = try text(attempt(command: String(repeating: "ü", count: 60_000)), .succeeded, OutputExcerpt(last: [65]))
        #expect(command.prefix { !$0.isEmpty }.joined().utf8.count < 3_000)
    }

    @Test("No secret stands in the head") func secrets() throws {
        let secrets = Secrets(.standard, environment: ["API_TOKEN": "hush-hush-hush"])
        let lines = try text(
            attempt([("MAILTO", "a"), ("DB_PASSWORD", "other-secret"), ("URL", "x?k=hush-hush-hush")], command: "get hush-hush-hush"),
            .succeeded,
            OutputExcerpt(last: [65]), secrets: secrets)
        #expect(!lines.contains { $0.contains("hush") || $0.contains("other-secret") })
        #expect(lines.contains("X-Cron-Env: <URL=x?k=***>") && lines[2].hasSuffix("get ***"))
        let cut = try text(
            attempt(command: String(repeating: "x", count: 190) + " hush-hush-hush"), .succeeded, OutputExcerpt(last: [65]),
            secrets: secrets)
        #expect(cut[2].hasSuffix("xx ***"), "a secret is not cut before it is known")
    }
}
