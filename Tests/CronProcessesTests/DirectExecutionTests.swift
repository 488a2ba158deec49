import CLinux
import CronJobs
import Testing

@testable import CronProcesses

// Each generated command is run twice, in the same surroundings: as it is executed by default, and by the shell. A job must not be able to tell.
@Suite(.timeLimit(.minutes(5)))
struct DirectExecutionTests {
    @Test("A command that needs no shell ends, prints and finds everything as in the shell", arguments: 1...30)
    func sameAsTheShell(_ seed: Int) async throws {
        var random = Numbers(seed)
        let folder = try ProgramFolder()
        let surroundings = Surroundings(folder, &random)
        let commands = (0..<100).map { _ in folder.command(&random) }
        let direct = try await surroundings.run(commands, .auto)
        let shell = try await surroundings.run(commands, .shell)
        for (number, command) in commands.enumerated() {
            #expect(
                direct[number]?.withoutWaitingShell == shell[number]?.withoutWaitingShell,
                "seed \(seed), \(surroundings): \(command.prefix(300))")
        }
        #expect(commands.filter { SimpleCommand($0) != nil }.count > 40, "else this compares the shell with itself")
    }

    @Test("There is no shell between the service and a program of plain words; exec=shell, or another SHELL, puts one there")
    func noShellBetween() async throws {
        func lastLine(_ settings: JobPolicies.Values = .init(), _ variables: Variables = .none) async throws -> String? {
            let harness = try Harness(environment: ["ZZ=1"])
            _ = await harness.run(.shell("/usr/bin/env", variables: variables, settings: settings))
            return harness.sink.pieces.last?.text
        }
        var shell = JobPolicies.Values()
        shell.exec = .shell
        // A shell hands variables on in an order of its own; what we execute gets PWD at the end.
        #expect(try await lastLine()?.hasPrefix("PWD=") == true)
        #expect(try await lastLine(shell)?.hasPrefix("PWD=") == false)
        #expect(try await lastLine(.init(), Variables([.init(name: "SHELL", value: "/bin/dash")]))?.hasPrefix("PWD=") == false)
    }

    @Test("Where neither the program nor the shell can be executed, both are named")
    func neither() async throws {
        // Longer than the kernel takes with all else that is handed over.
        let harness = try Harness(environment: ["BIG=" + String(repeating: "x", count: 140_000)])
        let finish = await harness.run(.shell("/bin/true"))
        #expect(finish?.outcome == .launchFailed(stage: "exec"))
        #expect(finish?.reason == "/bin/true: Argument list too long; /bin/sh: Argument list too long")
    }

    @Test("The user that a job runs as decides what may be executed", .enabled(if: getuid() == 0, "only root can switch users"))
    func permission() async throws {
        let folder = try ProgramFolder()
        let harness = try Harness()
        await harness.users.resolve(["nobody"])
        await harness.start([
            .shell("\(folder.path)/mine", number: 0, user: "nobody"), .shell("\(folder.path)/mine", number: 1),
            .shell("\(folder.path)/closed/script", number: 2, user: "nobody"),
        ])
        let finishes = await harness.reporter.finishes(3).sorted { $0.run.description < $1.run.description }
        #expect(finishes.map(\.outcome) == [.failed(.exit(126)), .succeeded, .failed(.exit(126))])
        #expect(
            Set(harness.sink.pieces.map(\.text)) == [
                "/bin/sh: 1: \(folder.path)/mine: Permission denied", "/bin/sh: 1: \(folder.path)/closed/script: Permission denied",
            ])
    }
}

/// What a job can tell of how it was run.
private struct Experience: Hashable {
    var outcome: Outcome?
    var reason: String?
    /// Split at newlines and NULs, and sorted: the order of variables means nothing.
    var output: [String]
    var errors: String

    /// dash waits for its only program, tells of its signal in words and ends with 128 more; without it the signal itself is the outcome.
    var withoutWaitingShell: Experience {
        var seen = self
        for (signal, words) in [(SIGKILL, "Killed\n"), (SIGTERM, "Terminated\n")]
        where errors == words && outcome == .failed(.exit(128 + signal)) {
            seen.outcome = .failed(.signal(signal))
            seen.errors = ""
        }
        return seen
    }
}

private struct Surroundings: CustomStringConvertible {
    var environment: [String]
    var variables: [Variables.Assignment] = []
    var directory: String?
    var user: String?

    init(_ folder: ProgramFolder, _ random: inout Numbers) {
        let home = random.one(of: [folder.path, folder.path + "/link", folder.path + "/none", folder.path + "/closed", "/"])
        environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=\(home)"]
        let given = [
            "PWD=\(folder.path)", "PWD=\(folder.path)/link", "PWD=\(folder.path)/.", "PWD=.", "PWD=", "PWD=/", "PWD=/no/such",
            "OLDPWD=/usr",
            "IFS=x", "OPTIND=7", "PPID=1", "LINENO=5", "a.b=1", "9x=1", "BASH_FUNC_f%%=() { :; }", "ä=1", "_=/x/y", "EMPTY=", "SHLVL=3",
            "ENV=\(folder.path)/script", "PS4=+", "TERM=dumb", "MAIL=x", "HISTSIZE=9", "LC_ALL=C", "TWO=a\nb", "EQUALS==a=b=",
        ]
        for entry in given where random.next() % 4 == 0 { environment.append(entry) }
        switch random.next() % 10 {
        case 0: variables = [.init(name: "SHELL", value: "/bin/dash")]
        case 1: variables = [.init(name: "PWD", value: folder.path), .init(name: "A", value: "b c")]
        case 2: variables = [.init(name: "HOME", value: "/usr"), .init(name: "PATH", value: "")]
        default: break
        }
        if random.next() % 3 == 0 { directory = random.one(of: [folder.path, folder.path + "/link", folder.path + "/folder", "/usr"]) }
        if getuid() == 0, random.next() % 3 == 0 { user = "nobody" }
    }

    var description: String { "\(environment) \(variables) cwd=\(directory ?? "HOME") user=\(user ?? "own")" }

    func run(_ commands: [String], _ exec: ExecPolicy) async throws -> [Int: Experience] {
        let harness = try Harness(environment: environment) { $0.mark = { _, _ in "mark" } }
        if let user { await harness.users.resolve([user]) }
        var settings = JobPolicies.Values()
        settings.exec = exec
        settings.directory = directory
        let variables = Variables(variables)
        await harness.start(
            commands.enumerated().map { .shell($0.element, number: $0.offset, user: user, variables: variables, settings: settings) })
        let finishes = await harness.reporter.finishes(commands.count)
        var experiences: [Int: Experience] = [:]
        for number in commands.indices {
            func text(_ stream: OutputStream) -> String {
                harness.sink.pieces.filter { $0.run.job == JobID("job-\(number)") && $0.stream == stream }
                    .reduce(into: "") { $0 += $1.text + ($1.continued ? "" : "\n") }
            }
            let finish = finishes.first { $0.run.job == JobID("job-\(number)") }
            let output = text(.stdout).split { $0 == "\0" || $0 == "\n" }.map(String.init)
            experiences[number] = Experience(
                outcome: finish?.outcome, reason: finish?.reason, output: output.filter { !$0.hasPrefix("CRON_LATENESS_MS=") }.sorted(),
                errors: text(.stderr))
        }
        return experiences
    }
}

/// A folder of things that can be executed, and of things that cannot.
private final class ProgramFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/crond-programs-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure() }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        try file("script", "#!/bin/sh\necho \"$0\" \"$#\" \"$@\"\nexit 3\n")
        try file("bare", "echo bare \"$0\" \"$#\" \"$@\"\nexit 4\n")
        try file("empty", "")
        try file("garbage", "\u{7f}ELF\u{2}\u{1}\n")
        try file("lost", "#!/no/such/interpreter\n")
        try file("nested", "#!\(path)/script\n")
        try file("itself", "#!\(path)/itself\n")
        try file("killed", "#!/bin/sh\nkill -KILL $$\n")
        try file("ended", "#!/bin/sh\nkill -TERM $$\n")
        try file("plain", "#!/bin/sh\n", mode: 0o644)
        try file("none", "#!/bin/sh\n", mode: 0)
        try file("mine", "#!/bin/sh\n", mode: 0o700)
        try file("unreadable", "#!/bin/sh\necho read\n", mode: 0o711)
        mkdir(path + "/folder", 0o755)
        mkdir(path + "/closed", 0o755)
        try file("closed/script", "#!/bin/sh\necho closed\n")
        chmod(path + "/closed", 0o700)
        mkfifo(path + "/fifo", 0o755)
        chmod(path + "/fifo", 0o755)
        symlink("nowhere", path + "/dangling")
        symlink("loop", path + "/loop")
        symlink(path, path + "/link")
    }

    deinit {
        chmod(path + "/closed", 0o755)
        unlink(path + "/closed/script")
        rmdir(path + "/closed")
        rmdir(path + "/folder")
        for name in names { unlink(path + "/" + name) }
        for name in ["fifo", "dangling", "loop", "link"] { unlink(path + "/" + name) }
        rmdir(path)
    }

    private struct Failure: Error {}
    private var names: [String] = []

    private func file(_ name: String, _ content: String, mode: mode_t = 0o755) throws {
        let descriptor = cl_open(path + "/" + name, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
        guard descriptor >= 0 else { throw Failure() }
        defer { close(descriptor) }
        write(descriptor, content, content.utf8.count)
        fchmod(descriptor, mode)
        names.append(name)
    }

    /// Most of them simple.
    func command(_ random: inout Numbers) -> String {
        let looks = [
            "/bin/cat /proc/self/environ /proc/self/cmdline", "/usr/bin/env", "/bin/pwd -L", "/bin/pwd", "/bin/cat /proc/self/limits",
        ]
        let programs =
            looks
            + [
                "script", "bare", "empty", "garbage", "lost", "nested", "itself", "killed", "ended", "plain", "none", "mine", "unreadable",
                "folder",
                "folder/", "closed/script", "fifo", "dangling", "loop", "link/script", "link/bare", "script/x", "absent", "", ".",
                "./script", "folder/../bare", "x" + String(repeating: "y", count: 300), String(repeating: "./", count: 2500) + "script",
            ].map { path + "/" + $0 }
            + [
                "./script", "./bare", "./folder", "script/", "../absent", "folder/../script", "/bin/true", "/bin/false", "//bin//echo",
                "/bin/../bin/echo",
                "/", "/.", "/bin", "2/x", ":/x", "a:b/x", "@/x", "%/x", ",/x", "-/x", "+/x", "--/x", "A=/bin/echo", "A=1 /bin/echo",
                "\(path)/a=b", "echo", "exit 5",
            ]
        var command = random.next() % 3 == 0 ? random.one(of: looks) : random.one(of: programs)
        for _ in 0..<(random.next() % 5) { command += random.one(of: [" ", "  ", "\t"]) + word(&random) }
        return command + (random.next() % 8 == 0 ? " " : "")
    }

    private func word(_ random: inout Numbers) -> String {
        let plain = Array("xqXQ019/._-,:+@%="), special = Array("\"'$`\\*?[]~#!{}^();<ä\u{7f}")
        let isSpecial = random.next() % 4 == 0
        let word = String((0..<(1 + random.next() % 7)).map { _ in random.one(of: isSpecial && random.next() % 2 == 0 ? special : plain) })
        // A shell's own number is another one each time.
        return word.contains("$$") ? "$" : word
    }
}

private struct Numbers {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33)
    }

    mutating func one<Element>(of elements: [Element]) -> Element { elements[next() % elements.count] }
}
