import CronJobs
internal import Glibc
internal import Testing

@Suite("Completion in shells", .serialized, .inPlace, .timeLimit(.minutes(2)))
struct CompletionTests {
    /// What bash offers for an unfinished command line.
    private func offered(_ plain: Plain, _ words: String...) async throws -> [String] {
        let line = words.joined(separator: " ")
        let script = """
            export PATH=\(plain.folder.path)/bin:$PATH
            source <(crond completion bash)
            COMP_WORDS=(\(line)) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line.replacing("''", with: ""))' COMP_TYPE=9 COMP_KEY=9
            COMP_POINT=${#COMP_LINE}
            function=$(complete -p crond | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
            $function crond "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """
        let result = try await Program.run(["bash", "-c", script], environment: ["CROND_SOCKET": plain.socket])
        #expect(result.errors.isEmpty, "\(result)")
        return result.lines.map { $0.trimmingBlanks }.filter { !$0.isEmpty }
    }

    @Test(
        "The scripts for bash, zsh and fish are whole: each shell that is here reads its own without a word",
        arguments: ["bash", "zsh", "fish"])
    func scripts(_ shell: String) async throws {
        let script = try await Program.verb("completion", shell)
        #expect(script.code == 0 && script.errors.isEmpty && script.out.contains("crond"))
        #expect(script.out.contains("events") && script.out.contains("pause"))
        let isHere = try await Program.run(["/bin/sh", "-c", "command -v \(shell)"]).code == 0
        if isHere {
            let read = try await Program.run([shell, "-n"], input: script.out)
            #expect(read.code == 0 && read.errors.isEmpty, "\(read)")
        }
    }

    @Test("bash completes verbs, and names of jobs against the running service; without one it offers nothing and says nothing")
    func bash() async throws {
        try await Plain.use { plain in
            plain.folder.folder("bin")
            try await Program.shell("ln -s \(Program.crond) \(plain.folder.path)/bin/crond")
            #expect(try await offered(plain, "crond", "pau") == ["pause"])
            #expect(try await offered(plain, "crond", "pause", "''").contains { $0.hasPrefix("night") } == false)
            let service = try await plain.start(
                "# crond: name=nightly\n0 0 1 1 * true\n# crond: name=nightly-backup\n0 0 1 1 * true\n# crond: name=report\n0 0 1 1 * true\n"
            )
            #expect(Set(try await offered(plain, "crond", "pause", "night")) == ["nightly", "nightly-backup"])
            #expect(Set(try await offered(plain, "crond", "events", "rep")) == ["report"])
            #expect(try await service.stop() == 0)
        }
    }

    private static func has(_ shell: String) -> Bool { access("/usr/bin/\(shell)", X_OK) == 0 || access("/bin/\(shell)", X_OK) == 0 }

    /// A service with jobs, and a shell in a terminal that completes for it; whatever the shell is told to keep is in files.
    private func inShell(_ shell: [String], _ body: (Plain, PseudoTerminal) async throws -> Void) async throws {
        try await Plain.use { plain in
            plain.folder.folder("bin")
            plain.folder.folder("home")
            try await Program.shell("ln -s \(Program.crond) \(plain.folder.path)/bin/crond")
            let service = try await plain.start(
                "# crond: name=nightly\n0 0 1 1 * true\n# crond: name=nightly-backup\n0 0 1 1 * true\n# crond: name=report\n0 0 1 1 * true\n"
            )
            #expect(try await plain.verb("trigger", "report", "--wait").code == 0)
            let terminal = try PseudoTerminal(
                shell, columns: 120, rows: 40,
                environment: [
                    "HOME": "\(plain.folder.path)/home", "CROND_SOCKET": plain.socket, "TERM": "dumb", "PLACE": plain.folder.path,
                ], errors: "\(plain.folder.path)/shell-errors")
            try await body(plain, terminal)
            #expect(try await service.stop() == 0)
        }
    }

    @Test(
        "fish completes verbs, options, names of jobs and runs against the running service",
        .enabled(if: CompletionTests.has("fish"), "there is no fish here"))
    func fish() async throws {
        try await inShell(["fish", "--no-config", "-i"]) { plain, terminal in
            // What is typed before a shell reads is lost, or completes nothing.
            try await eventually("fish") { !terminal.written.isEmpty }
            terminal.type("set -x PATH $PLACE/bin $PATH; function fish_prompt; echo -n 'pro''mpt: '; end; crond completion fish | source\r")
            try await eventually("fish with its completion") { terminal.written.contains("prompt: ") }
            func offered(_ line: String, _ file: String) async throws -> [String] {
                terminal.type("complete -C '\(line)' > $PLACE/\(file).part; mv $PLACE/\(file).part $PLACE/\(file)\r")
                try await eventually("what fish offers for \(line)") {
                    _ = terminal.written
                    return access("\(plain.folder.path)/\(file)", F_OK) == 0
                }
                return plain.folder.lines(file).map { String($0.split(separator: "\t").first ?? "") }
            }
            #expect(try await offered("crond pau", "verbs") == ["pause"])
            #expect(try await offered("crond pause night", "jobs") == ["nightly", "nightly-backup"])
            for verb in ["logs", "show"] {
                let found = try await offered("crond \(verb) rep", verb)
                #expect(found.count == 2 && found[0] == "report" && found[1].hasPrefix("report@"), "\(found)")
            }
            #expect(try await offered("crond trigger --w", "options") == ["--wait"])
        }
    }

    @Test(
        "zsh completes verbs, names of jobs and runs against the running service",
        .enabled(if: CompletionTests.has("zsh"), "there is no zsh here"))
    func zsh() async throws {
        try await inShell(["zsh", "-f", "-i"]) { plain, terminal in
            terminal.type("PATH=$PLACE/bin:$PATH; autoload -U compinit; compinit -u -D; source <(crond completion zsh); PS1='pro''mpt: '\r")
            try await eventually("zsh with its completion") { terminal.written.contains("prompt: ") }
            /// What a line becomes by the tabulator: all that those that are offered have in common.
            func completed(_ line: String, to wanted: String) async throws {
                let before = terminal.written.count
                terminal.type(line + "\t")
                try await eventually("\(line) to become \(wanted)") {
                    terminal.written.dropFirst(before).filter { !$0.isNewline && $0 != "\r" }.contains(wanted)
                }
                terminal.type("\u{15}")
            }
            try await completed("crond pau", to: "crond pause ")
            try await completed("crond pause night", to: "crond pause nightly")
            try await completed("crond logs rep", to: "crond logs report")
            let row = try #require(try await plain.verb("runs", "report", "--json").lines.first)
            let run = try RunSnapshot(json: JSONReader.read(Array(row.utf8))).run
            try await completed("crond show report@", to: "crond show \(run)")
        }
    }

    @Test("A shell that there is no script for is refused with 64")
    func unknownShell() async throws {
        let result = try await Program.verb("completion", "tcsh")
        #expect(result.code == 64 && result.errors.contains("bash"), "\(result)")
    }
}

extension String {
    fileprivate var trimmingBlanks: String { split(separator: " ").joined(separator: " ") }
}
