internal import Testing

@Suite("Bodies of the legacy service's schedule", .serialized, .inPlace, .timeLimit(.minutes(3)))
struct BodyTests {
    @Test("A job gets its body on standard input and as a file; as it is now, and as it was last where it cannot be read")
    func bodies() async throws {
        try await Container.use { container in
            let redis = try await Redis(in: container)
            try await redis.call("HSET", "crond_service_schedule", "note", last: "first $(id)")
            try await redis.call("HSET", "crond_service_schedule", "large", last: String(repeating: "x", count: 1_048_577))
            try await container.freshRoot(
                Plain.seconds + """
                    # crond: name=note
                    * * * * * ? mailer echo "$(cat) $(stat -c \\%a:\\%U "$CRON_BODY_FILE") $(cat "$CRON_BODY_FILE")"
                    # crond: name=large
                    * * * * * ? root echo "large: ${CRON_BODY_FILE:-none}"
                    # crond: name=none
                    * * * * * ? root echo "none: ${CRON_BODY_FILE:-none}"

                    """)
            let service = try await container.start(environment: ["CROND_STORE": redis.url])
            try await service.expectOutput("first $(id) 600:mailer first $(id)", within: .seconds(20))
            try await service.expectOutput("large: none")
            try await service.expectOutput("none: none")
            #expect(service.log("a body is too long and is not used: a job gets at most 1 MiB").map { $0["job"] } == ["large"])
            try await redis.call("HSET", "crond_service_schedule", "note", last: "second")
            try await service.expectOutput("second 600:mailer second")
            try await redis.call("SET", "crond_service_schedule", "of another type")
            try await service.expect("the bodies of jobs cannot be read; those last known are used")
            let runs = service.outputs.filter { $0.hasPrefix("second") }.count
            try await eventually("runs with the last body") { service.outputs.filter { $0.hasPrefix("second") }.count > runs + 1 }
            #expect(service.log("the bodies of jobs cannot be read; those last known are used").count == 1)
            #expect(try await service.stop() == 0)
            let left = try await Program.shell("ls \(container.folder.path)/run | grep -c crond-body || true")
            #expect(left == "0\n")
        }
    }
}
