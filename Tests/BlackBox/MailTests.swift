import Glibc
import Testing

@Suite("Mail about runs, by the machine's sendmail", .serialized, .inPlace, .timeLimit(.minutes(3))) struct MailTests {
    /// A mailer that keeps what it is given: its words, its user, and the mail.
    private static let mailer = """
        #!/bin/sh
        cd "$(dirname "$0")/.." || exit 1
        n=mail.$$
        { echo "args: $*"; echo "uid: $(id -u)"; echo "file: ${CRON_BODY_FILE:-none}"; cat; echo "end of mail"; } > "$n.new"
        mv "$n.new" "$n"

        """

    private func mails(_ plain: Plain) -> [String] {
        guard let folder = opendir(plain.folder.path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names.filter { $0.hasPrefix("mail.") && !$0.hasSuffix(".new") }.sorted().map { plain.folder.read($0) }
    }

    private func path(_ plain: Plain) -> [String: String] { ["PATH": "\(plain.folder.path)/bin:/usr/bin:/bin"] }

    private func install(_ plain: Plain, _ script: String) {
        plain.folder.folder("bin")
        plain.folder.write("bin/sendmail", script)
        _ = chmod("\(plain.folder.path)/bin/sendmail", 0o755)
    }

    @Test("What a run wrote is mailed, a failure where that is asked for, nothing without MAILTO; unsafe addresses are refused") func told()
        async throws
    {
        try await Plain.use { plain in
            install(plain, Self.mailer)
            let service = try await plain.start(
                """
                # crond: every=1s name=nobody
                @every echo nobody hears this
                MAILTO=ops@example.org,root
                # crond: every=1s name=wordy until=2999-01-01T00:00:00Z
                @every echo hello; echo there >&2
                # crond: every=1s name=silent
                @every true
                # crond: every=1s name=broken mail-on=failure
                @every exit 4
                # crond: every=1s name=never mail-on=never
                @every echo never
                MAILFROM=Ops <ops@example.org>
                # crond: every=1s name=from
                @every echo from
                MAILTO="-oQ/tmp"
                # crond: every=1s name=unsafe
                @every echo unsafe

                """, environment: path(plain))
            try await service.expect("no mail is sent: MAILTO is no address that mail is sent to", ["mailto": "-oQ/tmp"])
            try await service.expect(
                "mail comes from the job's user: MAILFROM is no address that mail can come from", ["mailfrom": "Ops <ops@example.org>"])
            try await eventually("mails of both") {
                let all = mails(plain)
                return all.contains { $0.contains("X-Cron-Run: wordy@") } && all.contains { $0.contains("X-Cron-Run: broken@") }
            }
            #expect(try await service.stop() == 0)
            let all = mails(plain)
            let wordy = try #require(all.first { $0.contains("X-Cron-Run: wordy@") })
            #expect(wordy.hasPrefix("args: -i -oem ops@example.org root\nuid: \(getuid())\nfile: none\nFrom: \"(Cron Daemon)\" <"))
            #expect(wordy.contains("\nSubject: Cron <") && wordy.contains("> echo hello; echo there >&2\n"))
            #expect(wordy.hasSuffix("\n\nhello\nthere\nend of mail\n") || wordy.hasSuffix("\n\nthere\nhello\nend of mail\n"), "\(wordy)")
            #expect(
                all.contains { $0.contains("(failed)\n") && $0.hasSuffix("\n\nIt wrote nothing. Outcome: failed(exit 4)\nend of mail\n") })
            for name in ["nobody", "silent", "never", "unsafe"] {
                #expect(!all.contains { $0.contains("X-Cron-Run: \(name)@") }, "\(name)")
            }
            #expect(service.log("no mail is sent: MAILTO is no address that mail is sent to").count == 1)
            #expect(service.log("mail comes from the job's user: MAILFROM is no address that mail can come from").count == 1)
        }
    }

    @Test(
        "The mailer runs as the job's user, without such a user as the service's own; under the dialect of cronie -n is mail on failure only",
        .enabled(if: getuid() == 0, "takes root"))
    func user() async throws {
        try await Plain.use { plain in
            install(plain, Self.mailer)
            for folder in ["", "bin"] { _ = chmod("\(plain.folder.path)/\(folder)", 0o777) }
            plain.folder.write(
                "system",
                """
                # crond: dialect=cronie
                MAILTO=ops
                # crond: every=1s name=good
                @every nobody -n echo fine
                # crond: every=1s name=bad
                @every nobody -n echo broken; exit 1
                # crond: every=1s name=lost mail-on=failure
                @every nobdoy echo unheard

                """)
            let service = try plain.launch(
                [
                    Program.crond, "run", "\(plain.folder.path)/system", "--format", "system", "--store", "memory:", "--socket", "none",
                    "--trust-tables",
                ],
                environment: path(plain), isContained: false)
            func isLost(_ mail: String) -> Bool { mail.contains("X-Cron-Run: lost@") }
            try await eventually("mails") { mails(plain).filter { !isLost($0) }.count >= 2 && mails(plain).contains(where: isLost) }
            #expect(try await service.stop() == 0)
            let lost = try #require(mails(plain).first(where: isLost))
            #expect(
                lost.contains("uid: 0\n") && lost.contains("<root>\n") && lost.contains("X-Cron-Outcome: launchFailed(user)\n"), "\(lost)")
            #expect(
                mails(plain).filter { !isLost($0) }.allSatisfy {
                    $0.contains("uid: 65534\n") && $0.contains("<nobody@") && $0.contains("X-Cron-Run: bad@")
                })
        }
    }

    @Test("A mailer that hangs holds up no run and not the end; one that fails is said; without one there is one notice") func trouble()
        async throws
    {
        try await Plain.use { plain in
            let table = "MAILTO=ops\n# crond: every=1s name=a\n@every echo x\n"
            let none = try await plain.start(table, environment: ["PATH": "/usr/bin:/bin", "CROND_MAIL_ON": "output"])
            let hasOne = access("/usr/sbin/sendmail", X_OK) == 0 || access("/usr/lib/sendmail", X_OK) == 0
            if !hasOne { try await none.expect("no mail is sent: there is no sendmail on PATH") }
            try await eventually("runs") { none.log("job finished", ["job": "a"]).count >= 3 }
            #expect(none.log("no mail is sent: there is no sendmail on PATH").count == (hasOne ? 0 : 1))
            #expect(try await none.stop() == 0)

            install(plain, "#!/bin/sh\nexec sleep 1000\n")
            let hanging = try await plain.start(environment: path(plain))
            try await eventually("runs go on") { hanging.log("job finished", ["job": "a", "outcome": "succeeded"]).count >= 7 }
            #expect(try await hanging.stop(within: .seconds(15)) == 0)

            install(plain, "#!/bin/sh\necho out of ink >&2\nexit 75\n")
            let failing = try await plain.start(environment: path(plain))
            try await failing.expect(
                "a mail was not sent", ["job": "a", "outcome": "failed(exit 75)", "reason": "see the mailer's output above"])
            try await failing.expect("output", ["text": "out of ink"])
            #expect(try await failing.stop() == 0)

            install(plain, "#!/bin/sh\nkill -9 $$\n")
            let silent = try await plain.start(environment: path(plain))
            try await silent.expect(
                "a mail was not sent", ["job": "a", "outcome": "failed(signal 9)", "reason": "the mailer wrote nothing"])
            #expect(try await silent.stop() == 0)
        }
    }

    @Test("Mails that wait for a mailer when the service ends are given up at once, whatever the table's variables: one line counts them")
    func end() async throws {
        try await Plain.use { plain in
            install(plain, "#!/bin/sh\nexec sleep 1000\n")
            let long = String(repeating: "x", count: 2_000)
            let table = "MAILTO=ops\n" + (0..<500).map { "V\($0)=\(long)\n" }.joined()
            let jobs = (0..<20).map { "# crond: every=1s name=j\($0)\n@every echo x\n" }.joined()
            let service = try await plain.start(table + jobs, environment: path(plain).merging(["CROND_DRAIN": "1s"]) { $1 })
            try await eventually("mails that wait") { service.log("job finished").count >= 60 }
            #expect(try await service.stop(within: .seconds(9)) == 0)
            let lines = service.log("mails were not sent: the service ended first")
            #expect(lines.count == 1 && service.log("a mail was not sent").isEmpty)
            #expect(lines.first?["count"].flatMap { Int($0) } ?? 0 >= 40 && lines.first?["jobs"]?.hasSuffix(" …") == true, "\(lines)")
        }
    }
}
