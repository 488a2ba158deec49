internal import Glibc
internal import Testing

@Suite("Signals", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct SignalTests {
    @Test("Real-time signals, and WINCH that a process sent, end it like TERM", arguments: [SIGWINCH, 37, 64])
    func stops(_ number: Int32) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start()
            try await service.expectOutput("up")
            try service.signal(number)
            #expect(try await service.end(within: .seconds(10)) == 0)
            #expect(
                service.log("stopping: nothing new is started").first?["signal"]
                    == (number == SIGWINCH ? "SIGWINCH" : "SIGRTMIN+\(number - 34)"))
        }
    }

    @Test("USR2 reads the table again, as HUP does", arguments: [SIGHUP, SIGUSR2])
    func reloads(_ number: Int32) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start()
            try service.signal(number)
            try await service.expect("asked to read the table again")
            #expect(try await service.stop() == 0)
        }
    }

    @Test(
        "A signal that means nothing is said and changes nothing, also one that would stop or end a program",
        arguments: [SIGUSR1, SIGALRM, SIGTSTP])
    func ignored(_ number: Int32) async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo up\n")
            let service = try await container.start()
            try service.signal(number)
            try await service.expect("a signal that means nothing here was ignored")
            #expect(service.isRunning)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("As PID 1 what finished runs left behind gets TERM, and a while to end, before all ends")
    func leftBehind() async throws {
        try await Container.use { container in
            let left = "(trap 'echo ended > $OUT/left; exit' TERM; echo waits > $OUT/left; while :; do sleep 0.05; done) >/dev/null 2>&1 &"
            // Its output is the job's: what it writes on TERM is still read.
            let talking = "(trap 'echo farewell; exit' TERM; echo talks; while :; do sleep 0.05; done) &"
            let deaf = "(trap '' TERM; exec sleep 60) >/dev/null 2>&1 &"
            try await container.freshRoot("@reboot root \(left) echo up\n@reboot root \(talking)\n@reboot root \(deaf) echo deaf\n")
            let service = try await container.start()
            try await service.expectOutput("up")
            try await service.expectOutput("deaf")
            // Both know by now what they do on TERM.
            try await service.expectOutput("talks")
            try await eventually("who is left") { container.folder.read("out/left") == "waits\n" }
            let clock = ContinuousClock()
            let began = clock.now
            #expect(try await service.stop(within: .seconds(9)) == 0)
            #expect(clock.now - began < .seconds(6))
            #expect(container.folder.read("out/left") == "ended\n")
            try await service.expectOutput("farewell")
            try await eventually("nobody is left") { container.survivors.isEmpty }
        }
    }
}
