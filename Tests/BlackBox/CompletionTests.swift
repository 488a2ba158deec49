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

    @Test("A shell that there is no script for is refused with 64")
    func unknownShell() async throws {
        let result = try await Program.verb("completion", "tcsh")
        #expect(result.code == 64 && result.errors.contains("bash"), "\(result)")
    }
}

extension String {
    fileprivate var trimmingBlanks: String { split(separator: " ").joined(separator: " ") }
}
