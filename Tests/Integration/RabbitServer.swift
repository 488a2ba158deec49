// tidy: helper
internal import CLinux
internal import Glibc
internal import Synchronization

/// A rabbitmq-server of the tests' own: node name, ports and folder are its own, and it ends with the test process in any case. It takes seconds to
/// start, so one is shared by all suites (`shared`); each test has queues and exchanges of its own names.
final class RabbitServer: Sendable {
    private struct Life {
        var shell: pid_t
        var server: pid_t
        var input: Int32
        var output: Int32
    }

    private static let program = "/usr/lib/rabbitmq/bin/rabbitmq-server"
    static let isThere = access(program, X_OK) == 0
    static let skipped = "rabbitmq-server is not installed (Scripts/bootstrap test)"

    private static let one = Mutex<RabbitServer?>(nil)

    /// With TLS on a port of its own, a second vhost and a second user.
    static func shared() throws -> RabbitServer {
        try one.withLock { one in
            if let one { return one }
            let made = try RabbitServer()
            one = made
            return made
        }
    }

    let folder: String
    let port: Int
    let securePort: Int
    let certificates: Certificates
    private let ports: (epmd: Int, nodes: Int)
    private let life = Mutex<Life?>(nil)

    var url: String { "amqp://127.0.0.1:\(port)" }

    private init() throws {
        var template = Array("/tmp/cron-rabbit-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        port = try RedisServer.freePort()
        securePort = try RedisServer.freePort()
        ports = (try RedisServer.freePort(), try RedisServer.freePort())
        certificates = try Certificates()
        try writeText("[].\n", to: "\(folder)/plugins")
        try writeText(Self.definitions, to: "\(folder)/definitions.json")
        try writeText(configuration, to: "\(folder)/rabbitmq.conf")
        try start()
    }

    private var configuration: String {
        """
        listeners.tcp.1 = 127.0.0.1:\(port)
        listeners.ssl.1 = 127.0.0.1:\(securePort)
        ssl_options.cacertfile = \(certificates.authority)
        ssl_options.certfile = \(certificates.certificate)
        ssl_options.keyfile = \(certificates.key)
        ssl_options.verify = verify_peer
        ssl_options.fail_if_no_peer_cert = true
        load_definitions = \(folder)/definitions.json
        vm_memory_high_watermark.relative = 0.8
        disk_free_limit.absolute = 1MB

        """
    }

    private static let definitions = """
        {"vhosts":[{"name":"/"},{"name":"team/a"}],
        "users":[{"name":"guest","password":"guest","tags":"administrator"},{"name":"us:er","password":"p@ss:/?#%","tags":""}],
        "permissions":[{"user":"guest","vhost":"/","configure":".*","write":".*","read":".*"},
        {"user":"us:er","vhost":"team/a","configure":"","write":"^amq[.]topic$","read":""}]}

        """

    private var environment: String {
        """
        export HOME='\(folder)' RABBITMQ_NODENAME=cron-\(port)@localhost RABBITMQ_CONFIG_FILE='\(folder)/rabbitmq.conf' \
        RABBITMQ_MNESIA_BASE='\(folder)/db' RABBITMQ_LOG_BASE='\(folder)/log' RABBITMQ_PID_FILE='\(folder)/pid' \
        RABBITMQ_ENABLED_PLUGINS_FILE='\(folder)/plugins' RABBITMQ_CONF_ENV_FILE=/dev/null \
        ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=\(ports.epmd) RABBITMQ_DIST_PORT=\(ports.nodes) LANG=C.UTF-8 \
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none'
        """
    }

    /// Starts it (again), with the files that are there; returns when it takes connections.
    func start() throws {
        let script = """
            exec 3<&0
            \(environment)
            epmd -address 127.0.0.1 -port $ERL_EPMD_PORT </dev/null >/dev/null 2>&1 3<&- & e=$!
            setsid sh -c 'echo "pid $$"; exec \(Self.program)' </dev/null 3<&- & p=$!
            { read x <&3; kill -9 -$p; } & w=$!
            wait $p
            kill $e; kill $w 2>/dev/null
            """
        var input: [Int32] = [0, 0], output: [Int32] = [0, 0]
        guard cl_pipe(&input) == 0, cl_pipe(&output) == 0 else { throw Complaint("pipe") }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, input[0], 0)
        posix_spawn_file_actions_adddup2(&files, output[1], 1)
        posix_spawn_file_actions_adddup2(&files, output[1], 2)
        var attributes = posix_spawnattr_t(), none = sigset_t(), all = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        let texts: [String] = ["/bin/sh", "-c", script]
        var words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var shell: pid_t = 0
        let code = posix_spawn(&shell, "/bin/sh", &files, &attributes, &words, environ)
        close(input[0])
        close(output[1])
        guard code == 0 else { throw Complaint("sh cannot be started") }
        let lines = LineReader(output[0])
        guard let first = lines.next(), first.hasPrefix("pid "), let server = pid_t(first.dropFirst(4)) else { throw Complaint("no pid") }
        life.withLock { $0 = Life(shell: shell, server: server, input: input[1], output: output[0]) }
        while true {
            guard let line = lines.next() else { throw Complaint("rabbitmq-server ended: \(lines.all)") }
            if line.contains("completed with") { return }
        }
    }

    /// kill -9 to all of it, and waits until it is gone.
    func crash() {
        guard
            let life = life.withLock({ life in
                defer { life = nil }
                return life
            })
        else { return }
        kill(-life.server, SIGKILL)
        close(life.input)
        var word: Int32 = 0
        while waitpid(life.shell, &word, 0) < 0, errno == EINTR {}
        close(life.output)
    }

    /// Stops it where it stands: connections stay, and nothing is answered.
    func freeze() { life.withLock { if let life = $0 { kill(-life.server, SIGSTOP) } } }

    func thaw() { life.withLock { if let life = $0 { kill(-life.server, SIGCONT) } } }

    /// rabbitmqctl, which takes seconds.
    func control(_ words: String...) throws {
        try Shell.run("\(environment)\n/usr/lib/rabbitmq/bin/rabbitmqctl \"$@\" >/dev/null 2>&1", ["rabbitmqctl"] + words)
    }

    /// Has it write down what was declared. By itself it does so every few seconds, and what it has not written when it is killed it forgets.
    func keepDeclared() throws { try control("eval", "mnesia:sync_log().") }

    func alarm(_ isOn: Bool) throws { try control("set_vm_memory_high_watermark", isOn ? "0.0000001" : "0.8") }
}
