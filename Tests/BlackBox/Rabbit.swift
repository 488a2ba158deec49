// tidy: helper
internal import CLinux
internal import Glibc
internal import Synchronization

/// A rabbitmq-server of a test, below its folder and on ports of its own; it ends with the test.
final class Rabbit {
    private static let program = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    static let isThere = access(program, X_OK) == 0
    static let skipped = "rabbitmq-server is not installed (Scripts/bootstrap test)"

    /// Where Scripts/bootstrap puts pika.
    static let library = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/.build-python"
    static let hasPika = access("\(library)/pika/__init__.py", R_OK) == 0 && access("\(library)/jsonschema/__init__.py", R_OK) == 0

    let port: Int
    let folder: String
    private let bench: Workbench
    private let ports: (epmd: Int, nodes: Int)
    private var server: Daemon

    var url: String { "amqp://127.0.0.1:\(port)" }

    init(in bench: Workbench) async throws {
        self.bench = bench
        folder = "\(bench.folder.path)/rabbit"
        port = try Self.freePort()
        ports = (try Self.freePort(), try Self.freePort())
        bench.folder.folder("rabbit")
        bench.folder.write("rabbit/plugins", "[].\n")
        bench.folder.write(
            "rabbit/rabbitmq.conf",
            "listeners.tcp.1 = 127.0.0.1:\(port)\nvm_memory_high_watermark.relative = 0.8\n"
                + "disk_free_limit.absolute = 1MB\n")
        bench.folder.write("consumer.py", Self.consumer)
        server = try Self.launch(in: bench, folder, port, ports)
        try await expectReady()
    }

    private static func launch(in bench: Workbench, _ folder: String, _ port: Int, _ ports: (epmd: Int, nodes: Int)) throws -> Daemon {
        let script = """
            epmd -address 127.0.0.1 -port $ERL_EPMD_PORT >/dev/null 2>&1 &
            exec \(program)
            """
        return try bench.launch(
            ["/bin/sh", "-c", script], environment: environment(folder, port, ports), isContained: false)
    }

    private static func environment(_ folder: String, _ port: Int, _ ports: (epmd: Int, nodes: Int)) -> [String: String] {
        [
            "HOME": folder, "RABBITMQ_NODENAME": "cron-\(port)@localhost", "RABBITMQ_CONFIG_FILE": "\(folder)/rabbitmq.conf",
            "RABBITMQ_MNESIA_BASE": "\(folder)/db", "RABBITMQ_LOG_BASE": "\(folder)/log", "RABBITMQ_PID_FILE": "\(folder)/pid",
            "RABBITMQ_ENABLED_PLUGINS_FILE": "\(folder)/plugins", "RABBITMQ_CONF_ENV_FILE": "/dev/null", "LANG": "C.UTF-8",
            "ERL_EPMD_ADDRESS": "127.0.0.1", "ERL_EPMD_PORT": "\(ports.epmd)", "RABBITMQ_DIST_PORT": "\(ports.nodes)",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none",
        ]
    }

    /// Has it write down what was declared, and who leads it. By itself it does so every few seconds, in two places (its own tables, and those of the
    /// logs of quorum queues), and what it has not written when it is killed it forgets: such a queue answers nobody after its return.
    func keepDeclared() async throws {
        let result = try await Program.run(
            ["/usr/lib/rabbitmq/bin/rabbitmqctl", "eval", "mnesia:sync_log(), [ok = dets:sync(T) || T <- dets:all()]."],
            environment: Self.environment(folder, port, ports).merging(["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]) { _, new in new })
        guard result.code == 0 else { throw Complaint("rabbitmqctl: \(result.errors)") }
    }

    private func expectReady() async throws {
        try await eventually("rabbitmq-server", within: .seconds(120)) { server.out.contains("completed with") }
    }

    /// kill -9 to all of it.
    func crash() { server.destroy() }

    /// Starts it again, with the files that are there.
    func start() async throws {
        server = try Self.launch(in: bench, folder, port, ports)
        try await expectReady()
    }

    /// Declares an exchange and a queue bound to it, as a consumer does that begins.
    func declare(_ exchange: String, _ queue: String, key: String) async throws { _ = try await pika("declare", exchange, queue, key) }

    /// Takes `count` messages as a consumer does; each as its line: id, exchange, key, content type, job, attempt, body.
    func consume(_ queue: String, _ count: Int) async throws -> [String] {
        try await pika("consume", queue, "\(count)").split(separator: "\n").map(String.init)
    }

    /// All events that came to a queue, once no more have come for three seconds: each valid by the schema, else it throws. As they came.
    func events(_ queue: String) async throws -> [Event] {
        let schema = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/docs/event.schema.json"
        return try await pika("events", queue, schema).split(separator: "\n").map { line in
            let words = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 6 else { throw Complaint("an event: \(line)") }
            return Event(key: words[0], id: words[1], sequence: words[2], kind: words[3], run: words[4], text: words[5])
        }
    }

    struct Event {
        var key: String
        var id: String
        var sequence: String
        var kind: String
        var run: String
        /// Of its fields that differ from event to event: job, outcome, failures, output.
        var text: String
    }

    private func pika(_ words: String...) async throws -> String {
        let result = try await Program.run(
            ["python3", "\(bench.folder.path)/consumer.py", "\(port)"] + words, environment: ["PYTHONPATH": Self.library])
        guard result.code == 0 else { throw Complaint("the consumer: \(result.errors)") }
        return result.out
    }

    /// A consumer as there are many: pika, a durable queue, an acknowledgement for each message.
    private static let consumer = """
        import sys, pika
        port, verb, *words = sys.argv[1:]
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(port)))
        channel = connection.channel()
        if verb == "declare":
            exchange, queue, key = words
            channel.exchange_declare(exchange=exchange, exchange_type="topic", durable=True)
            channel.queue_declare(queue=queue, durable=True)
            channel.queue_bind(queue=queue, exchange=exchange, routing_key=key)
        elif verb == "events":
            import json, jsonschema
            queue, path = words
            with open(path, encoding="utf-8") as file:
                schema = json.load(file)
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            for method, properties, body in channel.consume(queue, inactivity_timeout=3):
                if method is None:
                    break
                event = json.loads(body)
                validator.validate(event)
                data = event["data"]
                assert properties.content_type == "application/cloudevents+json" and properties.message_id == event["id"]
                text = " ".join(str(data.get(name)) for name in ["job", "outcome", "failures", "output"]).replace("\\n", "~")
                print("|".join([method.routing_key, event["id"], event["sequence"], data["event"], data.get("run", ""), text]))
                channel.basic_ack(method.delivery_tag)
            channel.cancel()
        else:
            queue, count = words[0], int(words[1])
            for method, properties, body in channel.consume(queue, inactivity_timeout=30):
                if method is None:
                    sys.exit("no message came within 30 s")
                headers = properties.headers or {}
                print("|".join([str(properties.message_id), method.exchange, method.routing_key, str(properties.content_type),
                    str(headers.get("cron-job")), str(headers.get("cron-attempt")), body.decode("utf-8")]))
                channel.basic_ack(method.delivery_tag)
                count -= 1
                if count == 0:
                    break
            channel.cancel()
        connection.close()

        """
    /// A port of 127.0.0.1 that nobody listens on, nor on the one 10,000 above it, where a cluster's nodes talk. Below those that the system gives to
    /// whoever connects: one of these may be taken before a server listens. None is given twice.
    static func freePort() throws -> Int {
        for _ in 0..<1000 {
            let port = Int.random(in: 12_000..<22_000)
            if isFree(port), isFree(port + 10_000), givenPorts.withLock({ $0.insert(port).inserted }) { return port }
        }
        throw Complaint("no free port")
    }

    private static let givenPorts = Mutex<Set<Int>>([])

    private static func isFree(_ port: Int) -> Bool {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
