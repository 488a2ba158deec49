// tidy: helper
internal import CLinux
internal import CronJobs
@testable internal import CronStoreRedis
internal import CronTesting
internal import Glibc
internal import LinuxEvents
internal import NIOCore
internal import NIOPosix
internal import Synchronization

struct Complaint: Error, CustomStringConvertible {
    var description: String

    init(_ description: String) { self.description = description }
}

/// A redis-server of the test's own, on a socket in a temporary folder and, if asked for, on a port. It ends with this object, and with the
/// test process in any case.
final class RedisServer: Sendable {
    private struct Life {
        var shell: pid_t
        var server: pid_t
        var input: Int32
        var output: Int32
    }

    let folder: String
    let arguments: [String]
    private let configuration: [String]
    private let life: Mutex<Life?>

    var socket: String { "\(folder)/redis.sock" }
    var url: String { "unix://\(socket)" }

    /// - Parameter sentinel: lines of the configuration of a sentinel, for one instead of a server.
    init(_ arguments: [String] = [], sentinel: [String]? = nil, isAwaited: Bool = true) throws {
        var template = Array("/tmp/cron-redis-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.arguments = arguments + (sentinel == nil ? [] : ["--sentinel"])
        life = Mutex(nil)
        if let sentinel {
            configuration = ["\(folder)/sentinel.conf"]
            try writeText(sentinel.joined(separator: "\n") + "\n", to: configuration[0])
        } else {
            configuration = []
        }
        try start(isAwaited: isAwaited)
    }

    deinit {
        crash()
        removeTree(folder)
    }

    /// Starts it (again), with the files that are there.
    func start(isAwaited: Bool = true) throws {
        let script = """
            exec 3<&0
            sh -c 'echo "pid $$"; exec redis-server "$@"' sh "$@" </dev/null 3<&- & p=$!
            { read x <&3; kill -9 $p; } & w=$!
            wait $p
            kill $w
            """
        let own = ["--unixsocket", socket, "--dir", folder, "--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no"]
        var input: [Int32] = [0, 0], output: [Int32] = [0, 0]
        guard cl_pipe(&input) == 0, cl_pipe(&output) == 0 else { throw Complaint("pipe") }
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_adddup2(&files, input[0], 0)
        posix_spawn_file_actions_adddup2(&files, output[1], 1)
        posix_spawn_file_actions_adddup2(&files, output[1], 2)
        // The shell waits by SIGCHLD, which the threads of a test may have blocked.
        var attributes = posix_spawnattr_t(), none = sigset_t(), all = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var words: [UnsafeMutablePointer<CChar>?] =
            (["/bin/sh", "-c", script, "sh"] + configuration + own + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var shell: pid_t = 0
        let code = posix_spawn(&shell, "/bin/sh", &files, &attributes, &words, environ)
        close(input[0])
        close(output[1])
        guard code == 0 else { throw Complaint("sh cannot be started") }
        let lines = LineReader(output[0])
        guard let first = lines.next(), first.hasPrefix("pid "), let server = pid_t(first.dropFirst(4)) else { throw Complaint("no pid") }
        life.withLock { $0 = Life(shell: shell, server: server, input: input[1], output: output[0]) }
        while isAwaited {
            guard let line = lines.next() else { throw Complaint("redis-server ended: \(lines.all)") }
            if line.contains("eady to accept connections") || line.contains("Sentinel ID is")
                || line.contains("Server initialized") && arguments.contains("--replicaof")
            {
                break
            }
        }
    }

    /// kill -9, and waits until it is gone.
    func crash() {
        guard
            let life = life.withLock({ life in
                defer { life = nil }
                return life
            })
        else { return }
        kill(life.server, SIGCONT)
        kill(life.server, SIGKILL)
        close(life.input)
        var word: Int32 = 0
        while waitpid(life.shell, &word, 0) < 0, errno == EINTR {}
        close(life.output)
    }

    func signal(_ number: Int32) { life.withLock { if let life = $0 { kill(life.server, number) } } }

    /// From Redis 7 on it is one of several, in a folder of their own.
    private var appendOnlyFile: String {
        let inFolder = "\(folder)/appendonlydir/appendonly.aof.1.incr.aof"
        return access(inFolder, F_OK) == 0 ? inFolder : "\(folder)/appendonly.aof"
    }

    /// Of its append-only file.
    func fileSize() throws -> Int {
        var facts = stat()
        guard stat(appendOnlyFile, &facts) == 0 else { throw Complaint("no append-only file") }
        return Int(facts.st_size)
    }

    func cut(to size: Int) throws {
        guard truncate(appendOnlyFile, off_t(size)) == 0 else { throw Complaint("truncate") }
    }

    /// It dies, and comes back as it was when its file had this size.
    func setBack(to size: Int) throws {
        crash()
        try cut(to: size)
        try start()
    }

    /// A client of its own for this server.
    func client(_ query: String = "") throws -> RedisClient { try quickClient(url + query) }

    func ledger(_ options: RedisLedgerOptions = .made, query: String = "") throws -> RedisLedger { try quickLedger(url + query, options) }

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

/// How long clients of tests wait between two tries. Not nothing: one that is not closed looks for a server that is gone to the end of all tests.
@Sendable func soon(_: Duration) async throws { try await SharedPool.wait(for: .milliseconds(2)) }

/// A client that tries again soon.
func quickClient(_ url: String) throws -> RedisClient { RedisClient(try RedisURL(patient(url)), sleep: soon) }

/// With a time limit that only a server that never answers reaches, however busy the machine is, unless the test has one of its own.
private func patient(_ url: String) -> String {
    url.contains("timeout=") || url.contains("wait=") ? url : url + (url.contains("?") ? "&" : "?") + "timeout=50"
}

func quickLedger(_ url: String, _ options: RedisLedgerOptions = .made, host: String = "test-host") throws -> RedisLedger {
    let clocks = ManualClocks(wall: WallTime(nanoseconds: 1_700_000_000_000_000_000))
    return RedisLedger(name: "test", client: try quickClient(url), clock: StoreClock(machine: clocks), options: options, host: host)
}

/// Asks again every few milliseconds until there is an answer; gives up after a minute.
func again<T: Sendable>(_ body: () async throws -> T?) async throws -> T {
    var failure: (any Error)?
    let limit = ContinuousClock.now + .seconds(60)
    while ContinuousClock.now < limit {
        do { if let answer = try await body() { return answer } } catch { failure = error }
        try await MultiThreadedEventLoopGroup.singleton.any().scheduleTask(in: .milliseconds(2)) {}.futureResult.get()
    }
    throw failure ?? Complaint("no answer")
}

extension RedisLedgerOptions {
    /// For tests whose fire times are made up: no quarantine, no earliness.
    static var made: RedisLedgerOptions {
        var options = RedisLedgerOptions()
        options.quarantine = .zero
        options.earliness = nil
        return options
    }
}

/// Lines of a pipe, waited for.
final class LineReader {
    private let descriptor: Int32
    private var rest: [UInt8] = []
    private(set) var all = ""

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func next() -> String? {
        while true {
            if let end = rest.firstIndex(of: 10) {
                let line = String(decoding: rest[..<end], as: UTF8.self)
                rest.removeSubrange(...end)
                all += line + "\n"
                return line
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return nil }
            rest += buffer[..<count]
        }
    }
}

func writeText(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw Complaint("\(path) cannot be written") }
    fputs(text, file)
    fclose(file)
}

func removeTree(_ path: String) {
    guard let directory = opendir(path) else { return }
    var names: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
    }
    closedir(directory)
    for name in names where unlink("\(path)/\(name)") != 0 { removeTree("\(path)/\(name)") }
    rmdir(path)
}

extension RedisClient {
    /// Any command; its answer as text, an error reply included.
    func raw(_ words: String...) async throws -> String {
        switch try await link().connection.send([RedisCommand(words.map { .text($0) })]).first {
        case .error(let text)?: text
        case let value?: value.text ?? "\(value)"
        case nil: ""
        }
    }
}

/// The error that connecting to `url` ends in.
func failure(_ url: String) async throws -> RedisError {
    let client = RedisClient(try RedisURL(patient(url)), sleep: { _ in throw Complaint("one try is enough") })
    do {
        try await client.connect()
    } catch {
        await client.close()
        return error
    }
    throw Complaint("\(url) was connected to")
}
