// tidy: helper

/// One broker and one store for a story.
struct WorkStage {
    let plain: Plain
    let rabbit: Rabbit
    let redis: Redis

    init(_ plain: Plain) async throws {
        self.plain = plain
        rabbit = try await Rabbit(in: plain)
        redis = try await Redis(in: plain)
        try await redis.beKnown()
    }

    /// - Parameter broker: where it finds the broker, if not there.
    func service(_ text: String, _ more: [String] = [], broker: String? = nil) async throws -> Daemon {
        try await plain.start(text, ["--amqp", broker ?? rabbit.url, "--log-level", "debug"] + more, store: redis.url)
    }

    func worker(
        _ name: String, table: String? = nil, _ more: [String] = [], broker: String? = nil, store: String? = nil
    ) async throws -> Daemon {
        let worker = try plain.launch(
            [
                Program.crond, "worker", table ?? plain.table, "--format", "user", "--store", store ?? redis.url,
                "--amqp", broker ?? rabbit.url, "--socket", "\(plain.folder.path)/\(name).sock", "--log-level", "debug",
            ] + more, environment: [:], isContained: false)
        try await worker.expect("connected to the broker", within: .seconds(60))
        return worker
    }

    /// The history of a job: attempts, as RUN.NUMBER.
    func runs(_ job: String) async throws -> [(run: String, outcome: String)] {
        let out = try await plain.verb("runs", job, "--limit", "2000").out
        return out.split(separator: "\n").dropLast().compactMap { line in
            guard let run = line.split(separator: " ").first, run.contains("@") else { return nil }
            let outcome = ["succeeded", "interrupted", "undelivered", "cancelled", "timedOut", "failed", "missed", "running"].first {
                line.contains($0)
            }
            let words = line.split(separator: " "), isFurther = words.dropLast().last == "attempt"
            return ("\(run).\(isFurther ? words[words.count - 1] : "1")", outcome ?? "?")
        }
    }
}

extension Rabbit {
    /// Does something on a channel of somebody else's.
    func ask(_ what: String, _ word: String = "") async throws {
        let program = """
            import sys, pika
            connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1])))
            channel = connection.channel()
            \(what)
            connection.close()
            """
        let result = try await Program.run(["python3", "-c", program, "\(port)", word], environment: ["PYTHONPATH": Self.library])
        guard result.code == 0 else { throw Complaint("pika: \(result.errors)") }
    }
}
