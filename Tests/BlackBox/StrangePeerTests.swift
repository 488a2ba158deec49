internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import Testing

@Suite("Whoever is at the other end of a socket, a verb ends", .first, .timeLimit(.minutes(3)))
struct StrangePeerTests {
    /// A verb in no more memory than a large answer takes.
    private static func verb(_ words: String, _ socket: String, within limit: Duration) async throws -> Program.Result {
        let begin = ContinuousClock.now
        let text = "ulimit -v 1500000; exec \(Program.crond) \(words) --socket \(socket)"
        let result = try await Program.run(["/bin/sh", "-c", text], within: limit + .seconds(30))
        #expect(ContinuousClock.now - begin < limit, "\(words)")
        return result
    }

    @Test("An answer without an end, of one line or of many, is given up, in bounded memory")
    func endless() async throws {
        let job = #"{"job":{"id":"a","running":0,"states":["idle"],"zone":"UTC"}}"# + "\n"
        let run =
            #"{"run":{"attempt":1,"claimedAt":"2026-11-27T08:00:00Z","count":1,"first":"2026-11-27T08:00:00Z","job":"a","run":"a@1","trigger":"scheduled"}}"#
        for (words, ask, text) in [
            ("jobs --limit 10", "jobs", job), ("jobs --json --limit 10", "jobs", job),
            ("jobs", "jobs", String(repeating: "x", count: 4096)),
            ("status", "service", String(repeating: "\n", count: 4096)), ("runs --limit 5", "runs", run + "\n"),
            ("table show 1", "files", String(repeating: "y", count: 4096)), ("logs -f a", "output", String(repeating: "z", count: 4096)),
        ] {
            let folder = try Folder.temporary()
            defer { folder.remove() }
            let peer = try await Babbler(
                at: "\(folder.path)/s", saying: "{\"answer\":\"\(ask)\",\"crond\":1,\"version\":\"9\"}\n", then: text)
            let result = try await Self.verb(words, "\(folder.path)/s", within: .seconds(45))
            try await peer.close()
            // On a slow machine the verb's limit may come first.
            let isGivenUp = result.errors.contains("larger than any that it gives") || result.errors.contains("did not answer within")
            #expect([76, 69].contains(result.code) && isGivenUp, "\(words): \(result.code) \(result.errors.prefix(300))")
        }
    }

    @Test("A service that is stopped while somebody follows it is given up, and the verb says so")
    func stoppedMeanwhile() async throws {
        try await Plain.use { plain in
            let service = try await plain.start("# crond: name=long\n* * * * * sleep 100\n# crond: name=silent\n0 0 1 1 * sleep 100\n")
            #expect(try await plain.verb("trigger", "long").code == 0)
            try await eventually("a run") { service.log("job started").count >= 1 }
            let socket = plain.socket
            async let logs = Self.verb("logs -f long", socket, within: .seconds(60))
            async let events = Self.verb("events -f", socket, within: .seconds(60))
            async let trigger = Self.verb("trigger --wait silent", socket, within: .seconds(75))
            try await eventually("another run") { service.log("job started").contains { $0["job"] == "silent" } }
            // Longer than the silence after which they ask: it answers, and they go on.
            try await Task.sleep(for: .seconds(13))
            try service.signal(SIGSTOP)
            let stopped = ContinuousClock.now
            async let late = Self.verb("logs -f long", socket, within: .seconds(45))
            for result in try await [logs, events, trigger, late] {
                #expect(result.code == 69 && result.errors.contains("did not answer within"), "\(result)")
            }
            #expect(ContinuousClock.now - stopped > .seconds(9))
            try service.signal(SIGCONT)
            try service.signal(SIGTERM)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A socket on a file system that does not answer", .enabled(if: HungMount.isPossible, "it takes root and /dev/fuse"))
    func hungMount() async throws {
        let folder = try Folder.temporary()
        defer { folder.remove() }
        let mount = try HungMount(in: folder)
        defer { mount.release() }
        // Whoever looks for something while somebody else does waits for that, and cannot even be killed: so this one is alone.
        #expect(try await Self.verb("status --check", "\(mount.path)/e", within: .seconds(8)).code == 1)
        let path = mount.path, limit = Duration.seconds(25)
        async let status = Self.verb("status", "\(path)/a", within: limit)
        async let jobs = Self.verb("jobs", "\(path)/b", within: limit)
        async let table = Self.verb("table show 1", "\(path)/c", within: limit)
        async let logs = Self.verb("logs -f a", "\(path)/d", within: limit)
        for result in try await [status, jobs, table, logs] {
            #expect(result.code == 75 && result.errors.contains("can its file system be reached?"), "\(result)")
        }
    }
}

/// Listens on a socket, and says the same to everybody without end.
private final class Babbler {
    private let listener: any Channel

    init(at path: String, saying head: String, then text: String) async throws {
        let text = String(repeating: text, count: 1 + 65_536 / text.utf8.count)
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).childChannelOption(
            .allowRemoteHalfClosure, value: true
        ).childChannelInitializer { client in
            client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(Babble(head, text)) }
        }.bind(unixDomainSocketPath: path).get()
    }

    func close() async throws { try await listener.close() }

    private final class Babble: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let head: ByteBuffer
        private let text: ByteBuffer

        init(_ head: String, _ text: String) {
            self.head = ByteBuffer(string: head)
            self.text = ByteBuffer(string: text)
        }

        func channelActive(context: ChannelHandlerContext) {
            context.writeAndFlush(NIOAny(head), promise: nil)
            goOn(context)
        }

        func channelWritabilityChanged(context: ChannelHandlerContext) { goOn(context) }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        private func goOn(_ context: ChannelHandlerContext) {
            while context.channel.isActive, context.channel.isWritable { context.writeAndFlush(NIOAny(text), promise: nil) }
        }
    }
}
