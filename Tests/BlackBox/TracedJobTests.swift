internal import Glibc
internal import Testing

@Suite("Jobs that somebody traces", .timeLimit(.minutes(3)))
struct TracedJobTests {
    /// Ends with 0 a moment after a child of its own has attached itself to it, which looks at nothing that it hears, and goes later.
    private static let tracer = """
        import ctypes, os, sys, time
        libc, leader = ctypes.CDLL(None), os.getpid()
        libc.ptrace.argtypes = [ctypes.c_long] * 4
        ready, told = os.pipe()
        if os.fork() == 0:
            os.setsid()
            os.write(told, b"1" if libc.ptrace(0x4206, leader, 0, 0) == 0 else b"0")
            time.sleep(float(sys.argv[1]))
            os._exit(0)
        print("traced" if os.read(ready, 1) == b"1" else "not traced", flush=True)
        os._exit(0)

        """

    @Test(
        "The outcome is what the job ended with, however long its tracer keeps that to itself, and it is not run again",
        .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"),
        .enabled(if: geteuid() == 0, "a process may attach to the one that made it only as root"))
    func outcome() async throws {
        try await Plain.use { plain in
            plain.folder.write("traced.py", Self.tracer)
            let service = try await plain.start(
                "# crond: name=traced attempts=3 backoff=fixed(1s)\n@reboot exec /usr/bin/python3 \(plain.folder.path)/traced.py 1\n")
            try await service.expectOutput("traced")
            try await service.expect("job finished", ["job": "traced", "outcome": "succeeded"])
            #expect(service.log("job started", ["job": "traced"]).count == 1)
            #expect(try await service.stop(within: .seconds(20)) == 0)
        }
    }

    @Test(
        "A tracer that never lets go holds up neither a cancel nor the service's end", .enabled(if: geteuid() == 0, "as above"),
        .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"), arguments: ["cancel", "end"])
    func endedAnyway(_ way: String) async throws {
        try await Plain.use { plain in
            plain.folder.write("traced.py", Self.tracer)
            let service = try await plain.start(
                "# crond: name=traced linger=\(way == "end" ? "kill" : "keep")\n@reboot exec /usr/bin/python3 \(plain.folder.path)/traced.py 300\n",
                ["--drain", "1s"])
            try await service.expectOutput("traced")
            let run = try await service.expect("job started", ["job": "traced"])["run"] ?? ""
            if way == "cancel" { #expect(try await plain.verb("cancel", run).code == 0) } else { try service.signal(SIGTERM) }
            try await service.expect("job finished", ["job": "traced", "outcome": "cancelled"])
            #expect(try await way == "cancel" ? service.stop() == 0 : service.end() == 0)
        }
    }
}
