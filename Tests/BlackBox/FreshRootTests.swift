internal import Testing

@Suite("In a fresh root, as PID 1", .serialized, .first, .timeLimit(.minutes(4)))
struct FreshRootTests {
    private static func output(_ text: String, in daemon: Daemon) -> LogLine? { daemon.log("output", ["text": text]).first }

    @Test("The lines of /etc/crontab run within the minute, with the container's environment, as their users")
    func minute() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                """
                FROM_TABLE="of the table"
                # crond: name=hello
                * * * * * root echo "hello $FROM_CONTAINER, $FROM_TABLE"; echo "a complaint" >&2
                # crond: name=post
                * * * * * mailer echo "$(id -un) $(id -u) $(id -g):$(id -Gn):$LOGNAME:$USER:$PWD"
                """ + "\n")
            let service = try await container.start(environment: ["FROM_CONTAINER": "container"])
            let hello = try await service.expect("output", ["text": "hello container, of the table"], within: .seconds(65))
            #expect(hello["job"] == "hello")
            #expect(hello["run"]?.hasPrefix("hello@") == true)
            #expect(hello["stream"] == "stdout")
            #expect(service.out.contains("hello container"), "a job's stdout goes to our stdout")
            let complaint = try await service.expect("output", ["text": "a complaint"])
            #expect(complaint["run"] == hello["run"])
            #expect(service.errors.contains("a complaint"), "a job's stderr goes to our stderr")
            try await service.expectOutput("mailer 4321 4321:mailer letters stamps:mailer:mailer:/")
            let started = try await service.expect("job started", ["job": "hello"])
            let lateness = try #require(started["lateness_ms"].flatMap { Int($0) })
            #expect((0..<1000).contains(lateness), "never early, and not late")
            let finished = try await service.expect("job finished", ["job": "hello"])
            #expect(finished["exit"] == "0")
            #expect(finished["outcome"] == "succeeded")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("Drop-in files in /etc/cron.d run, files with a dot in their name do not")
    func dropIns() async throws {
        try await Container.use { container in
            try await container.freshRoot("@reboot root echo of the table\n")
            container.folder.folder("etc/cron.d")
            container.folder.write("etc/cron.d/extra", "@reboot root echo of the drop-in\n")
            container.folder.write("etc/cron.d/extra.dpkg-old", "@reboot root echo of an old file\n")
            let service = try await container.start()
            try await service.expectOutput("of the table")
            try await service.expectOutput("of the drop-in")
            #expect(try await service.stop() == 0)
            #expect(!service.outputs.contains("of an old file"))
        }
    }

    @Test("SHELL chooses bash; a HOME that does not exist is / with one warning; no CROND_ variable reaches a job")
    func environment() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                """
                SHELL=/bin/bash
                # crond: name=shell
                @reboot root [[ -n $BASH_VERSION ]] && echo "bash $SHELL"
                # crond: name=settings
                @reboot root env | grep ^CROND_ || echo "no settings"
                # crond: name=secret
                @reboot mailer env | grep ^CROND_ || echo "no settings here"
                # crond: name=runid
                @reboot root echo "$CRON_JOB ${CRON_RUN_ID\\%\\%-[0-9]*} attempt $CRON_ATTEMPT"
                HOME=/does/not/exist
                # crond: name=home
                @reboot root echo "in $PWD"
                # crond: name=input
                @reboot root cat%first%second \\% third
                """ + "\n")
            container.folder.write("run/secret", "sqlite:/var/lib/crond/default.db\n")
            let service = try await container.start(environment: ["CROND_LOG_LEVEL": "info", "CROND_STORE_FILE": "/run/secret"])
            try await service.expectOutput("bash /bin/bash")
            try await service.expectOutput("no settings")
            try await service.expectOutput("no settings here")
            try await service.expectOutput("runid runid@boot attempt 1")
            try await service.expectOutput("in /")
            try await service.expectOutput("first")
            try await service.expectOutput("second % third")
            #expect(try await service.stop() == 0)
            let warnings = service.log.filter { $0["level"] == "warning" && $0.description.contains("/does/not/exist") }
            #expect(warnings.count == 1, "one warning that names the folder: \(warnings)")
        }
    }

    @Test("As root, what would let another user's job be taken over is not handed on")
    func dangerousVariables() async throws {
        try await Container.use { container in
            try await container.freshRoot(
                """
                # crond: name=post
                @reboot mailer echo "post [$LD_LIBRARY_PATH] [$ENV] [$PLAIN]"
                # crond: name=own
                @reboot root echo "own [$LD_LIBRARY_PATH] [$PLAIN]"
                """ + "\n")
            let service = try await container.start(environment: ["LD_LIBRARY_PATH": "/nowhere", "ENV": "/nowhere/env", "PLAIN": "kept"])
            try await service.expectOutput("post [] [] [kept]")
            try await service.expectOutput("own [/nowhere] [kept]")
        }
    }

    @Test("A line of an unknown user is warned of, and each of its starts is recorded as failed")
    func unknownUser() async throws {
        try await Container.use { container in
            try await container.freshRoot("# crond: name=ghostly\n@reboot ghost echo boo\n@reboot 4321:4323 echo \"$(id -u):$(id -g)\"\n")
            let service = try await container.start()
            #expect(service.log.contains { $0["level"] == "warning" && $0["user"] == "ghost" })
            let finished = try await service.expect("job finished", ["job": "ghostly"])
            #expect(finished["outcome"] == "launchFailed(user)")
            #expect(finished["reason"]?.hasPrefix("there is no user ") == true, "\(finished)")
            try await service.expectOutput("4321:4323")
            #expect(!service.outputs.contains("boo"))
        }
    }

    @Test("With no table at all it waits for one")
    func noTable() async throws {
        try await Container.use { container in
            try await container.freshRoot(nil)
            let service = try await container.start()
            container.folder.write("etc/crontab", Plain.seconds + "* * * * * ? root echo late\n")
            try await service.expectOutput("late", within: .seconds(10))
            #expect(try await service.stop() == 0)
        }
    }
}
