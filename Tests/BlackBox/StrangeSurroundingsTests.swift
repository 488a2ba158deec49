internal import Glibc
internal import Testing

/// What a service and its verbs find around them, made by others.
@Suite("Strange surroundings", .inPlace, .timeLimit(.minutes(3)))
struct StrangeSurroundingsTests {
    @Test("Standard streams that are closed become /dev/null, before anything else is opened")
    func closedStreams() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "@reboot echo out; echo err >&2; echo up > \"$OUT/up\"\n")
            let command = [Program.crond, "run", plain.table, "--format", "user", "--store", plain.store, "--socket", plain.socket]
            let service = try plain.launch(
                ["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"] + command, environment: [:], isContained: false)
            try await eventually("the job") { plain.folder.read("out/up") == "up\n" }
            for number in 0...2 {
                var target = [CChar](repeating: 0, count: 64)
                readlink("/proc/\(service.pid)/fd/\(number)", &target, 63)
                #expect(String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == "/dev/null")
            }
            #expect(try await plain.verb("status").code == 0)
            let verb = try await Program.run(["sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh", Program.crond, "next", "* * * * *"])
            #expect(verb.code == 0)
        }
    }

    @Test("A socket that another service has made at the path stays when the first one ends")
    func socketOfAnother() async throws {
        try await Plain.use { plain in
            let first = try await plain.start("@reboot true\n")
            unlink(plain.socket)
            let second = try await plain.start(nil, store: "memory:")
            #expect(try await first.stop() == 0)
            #expect(try await plain.verb("status").code == 0)
            #expect(try await second.stop() == 0)
            #expect(access(plain.socket, F_OK) != 0)
        }
    }

    @Test(
        "A file with a secret is a plain, small file: nothing is waited for or read for ever",
        arguments: ["CROND_STORE_FILE", "CROND_TABLE_KEY_FILE"])
    func secretFiles(_ variable: String) async throws {
        try await Plain.use { plain in
            let pipe = plain.folder.path + "/pipe", large = plain.folder.path + "/large"
            mkfifo(pipe, 0o600)
            plain.folder.write("large", String(repeating: "x", count: 70_000))
            plain.folder.write("crontab", "")
            for (path, reason) in [
                (pipe, "is not a regular file"), ("/dev/zero", "is not a regular file"), ("/etc", "is not a regular file"),
                (large, "is larger than 64 KiB"),
            ] {
                let result = try await Program.verb("run", plain.table, "--format", "user", environment: [variable: path])
                #expect(result.code == 78)
                #expect(result.errors.contains("\(variable)=\(path)") && result.errors.contains(reason), "\(result.errors)")
            }
        }
    }

    @Test("No mark of a job's output reaches the log as it is; raw output stays raw", arguments: ["text", "json", "logfmt"])
    func marks(_ format: String) async throws {
        try await Plain.use { plain in
            plain.folder.write("lines", "a \u{9B}2J\nb \u{85}\nc \u{2028} \u{2029}\nd \u{202E} \u{2066}\n{\"k\":\"\u{2028}\u{9B}\"}\nend\n")
            let service = try await plain.start(
                "# crond: name=lines\n@reboot cat \(plain.folder.path)/lines\n# crond: name=object log=json\n@reboot cat \(plain.folder.path)/lines\n",
                ["--log-format", format], waits: false)
            try await eventually("both ends") { service.out.split(separator: "end").count >= 3 }
            #expect(service.out.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7F).contains($0.value) })
            if format == "json" { #expect(service.out.contains(#""data":{"k":"\u2028\u009b"}"#)) }
            #expect(try await service.stop() == 0)
        }
    }

    @Test("--passthrough is byte for byte")
    func passthrough() async throws {
        try await Plain.use { plain in
            plain.folder.write("lines", "a \u{9B}2J\u{2028}\u{1B}\nend\n")
            let service = try await plain.start("@reboot cat \(plain.folder.path)/lines\n", ["--passthrough"])
            try await eventually("the end") { service.out == "a \u{9B}2J\u{2028}\u{1B}\nend\n" }
        }
    }
}
