internal import CronExpressions
internal import CronJobs
@testable internal import CronWeb
internal import Glibc
internal import LinuxEvents
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Testing

@Suite("Asking servers on the web", .timeLimit(.minutes(1))) struct WebClientTests {
    private func client(_ environment: [String: String] = [:], limit: Duration = .seconds(10)) -> WebClient {
        var options = WebClient.Options()
        (options.limit, options.proxies) = (limit, WebProxies(environment))
        return WebClient(options, blocking: ThreadExecutor())
    }

    private func request(_ url: String, _ body: String = "") throws -> WebRequest {
        let url = try #require(WebURL(url))
        var request = WebRequest(url, target: url.path)
        request.body = Array(body.utf8)
        return request
    }

    @Test("What is asked, and what is answered") func asked() async throws {
        let server = try await WebServer([
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nOK", "HTTP/1.0 404\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 503 Not\u{1b} now\r\n\r\n",
        ])
        var post = try request("http://me:pass%20word@127.0.0.1:\(server.port)/hook", "{}")
        post.fields = [("Content-Type", "text/x"), ("X-Odd", "a\r\nEvil: 1")]
        #expect(await client().send(post) == .status(200, "200 OK"))
        #expect(await client().send(try request("http://127.0.0.1:\(server.port)/a")) == .status(404, "404"))
        #expect(await client().send(try request("http://localhost:\(server.port)/b")) == .status(503, "503 Not now"))
        let wanted =
            "POST /hook HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\nAccept: */*\r\n"
            + "Authorization: Basic bWU6cGFzcyB3b3Jk\r\nContent-Type: text/x\r\nX-Odd: a??Evil: 1\r\nContent-Length: 2\r\n\r\n{}"
        #expect(server.requests.first == wanted)
        #expect(server.requests.last?.hasPrefix("GET /b HTTP/1.1\r\n") == true)
        try await server.close()
    }

    @Test("When a server wants to be asked again, as it says so in its answer") func retryAfter() async throws {
        let server = try await WebServer([
            "HTTP/1.1 429 Too Many Requests\r\nDate: x\r\nretry-after:  7 \r\nRetry-After: 9\r\n\r\n",
            "HTTP/1.1 503 No\nRETRY-AFTER: Sun, 06 Nov 2033 08:49:37 GMT\n\n",
            "HTTP/1.1 503 No\r\nRetry-After: soon\r\nX-Retry-After: 1\r\n\r\n",
        ])
        let request = try request("http://127.0.0.1:\(server.port)/"), client = client()
        #expect(await client.send(request) == .status(429, "429 Too Many Requests", retryAfter: .seconds(7)))
        #expect(await client.send(request) == .status(503, "503 No", retryAfter: .time(WallTime(Instant(2_014_879_777)))))
        #expect(await client.send(request) == .status(503, "503 No"))
        try await server.close()
    }

    @Test("A wait is a number of seconds, or a date in one of three forms; all else is none") func waits() throws {
        let now = WallTime(Instant(784_111_770))
        for text in ["7", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            #expect(try #require(RetryAfter(text), "\(text)").wait(at: now) == .seconds(7), "\(text)")
        }
        #expect(RetryAfter("Wednesday, 06-Nov-33 08:49:37 GMT") == .time(WallTime(Instant(2_014_879_777))))
        #expect(RetryAfter("Sun, 06 Nov 1994 08:49:30 GMT")?.wait(at: now + .seconds(60)) == .zero, "it has passed")
        #expect(RetryAfter("99999999999999999999999")?.wait(at: now) == .seconds(3_155_760_000))
        for text in [
            "", "-1", "1.5", "1 s", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET", "tomorrow",
            "Sun, 06 Nov 1994 8:9:7 GMT",
        ] {
            #expect(RetryAfter(text) == nil, "\(text)")
        }
    }

    @Test("Servers that are none: each has its reason, within its time") func trouble() async throws {
        let silent = try await WebServer([nil]), strange = try await WebServer(["SSH-2.0-x\r\n\r\n"]),
            long = try await WebServer([String(repeating: "x", count: 40_000)])
        #expect(
            await client(limit: .seconds(1)).send(try request("http://127.0.0.1:\(silent.port)/"))
                == .none("no answer within its time"))
        #expect(await client().send(try request("http://127.0.0.1:\(strange.port)/")) == .none("it does not answer in HTTP"))
        #expect(await client().send(try request("http://127.0.0.1:\(long.port)/")) == .none("it does not answer in HTTP"))
        #expect(await client().send(try request("http://127.0.0.1:1/")) == .none("Connection refused"))
        guard case .none(let reason) = await client().send(try request("http://nowhere.invalid/")) else { return #expect(Bool(false)) }
        #expect(reason.hasPrefix("nowhere.invalid: "))
        guard case .none(let plain) = await client(limit: .seconds(2)).send(try request("https://127.0.0.1:\(strange.port)/")) else {
            return #expect(Bool(false))
        }
        #expect(plain == "no answer within its time" || plain == "it does not speak TLS: write http://", "\(plain)")
    }

    @Test("A proxy is asked for the whole URL; one that leads to a server in TLS is asked to") func proxied() async throws {
        let proxy = try await WebServer(["HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"])
        let environment = [
            "HTTP_PROXY": "http://u:p@127.0.0.1:\(proxy.port)", "https_proxy": "127.0.0.1:\(proxy.port)", "no_proxy": ".local",
        ]
        #expect(await client(environment).send(try request("http://ops.example/x")) == .status(204, "204 No Content"))
        #expect(
            await client(environment).send(try request("https://ops.example/x"))
                == .none("through the proxy http://127.0.0.1:\(proxy.port): it does not lead there: 407 Proxy Authentication Required"))
        #expect(proxy.requests[0].hasPrefix("GET http://ops.example/x HTTP/1.1\r\nHost: ops.example\r\n"))
        #expect(proxy.requests[0].contains("\r\nProxy-Authorization: Basic dTpw\r\n"))
        #expect(proxy.requests[1] == "CONNECT ops.example:443 HTTP/1.1\r\nHost: ops.example:443\r\n\r\n")
    }

    @Test("Which servers are reached through a proxy") func exceptions() throws {
        func way(_ url: String, _ environment: [String: String]) throws -> WebProxies.Way {
            WebProxies(environment).way(to: try #require(WebURL(url)))
        }
        let proxy = try #require(WebURL("http://p:3128"))
        #expect(try way("http://a.example", ["http_proxy": "p:3128"]) == .through(proxy))
        #expect(try way("https://a.example", ["http_proxy": "p:3128"]) == .straight)
        #expect(try way("https://a.example", ["ALL_PROXY": "http://p:3128/"]) == .through(proxy))
        for list in ["a.example", ".example", "example", "*", "x, A.Example:443", "*.example"] {
            #expect(try way("https://a.example", ["all_proxy": "p:3128", "no_proxy": list]) == .straight, "\(list)")
        }
        for list in ["b.example", "a.example:80", "ample", "a.example.org"] {
            #expect(try way("https://a.example", ["all_proxy": "p:3128", "NO_PROXY": list]) == .through(proxy), "\(list)")
        }
        #expect(try way("https://[::1]/", ["all_proxy": "p:3128", "no_proxy": "::1"]) == .straight)
        #expect(try way("https://a.example", ["https_proxy": "socks5://p:1080"]) == .blocked("https_proxy is no http:// proxy"))
    }

    /// A system whose name servers do not answer for some names, until it is let go.
    private final class Names: Sendable {
        private struct State {
            var asked: [String] = []
            var isLetGo = false
        }
        private let state = Locked(State())
        let port: Int

        init(port: Int) { self.port = port }

        var asked: [String] { state.withLock { $0.asked } }

        func find(_ name: String) throws -> [SocketAddress] {
            state.withLock { $0.asked.append(name) }
            while name.hasPrefix("silent"), !state.withLock({ $0.isLetGo }) { usleep(1000) }
            return [try SocketAddress(ipAddress: "127.0.0.1", port: 0)]
        }

        func letGo() { state.withLock { $0.isLetGo = true } }

        func client() -> WebClient {
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
            return WebClient(WebClient.Options(), blocking: ThreadExecutor(), group, NameLookups(on: group.next()) { try self.find($0) })
        }
    }

    @Test("Names that no server answers hold up neither other names nor addresses; one that had no turn is not blamed for it")
    func silentNames() async throws {
        let server = try await WebServer(["HTTP/1.1 204 No Content\r\n\r\n"]), names = Names(port: server.port)
        defer { names.letGo() }
        let client = names.client(), port = server.port
        #expect(await client.send(try request("http://known:\(port)/")) == .status(204, "204 No Content"))
        let silent = try (0..<40).map { number in
            var one = try request("http://silent\(number):\(port)/")
            one.limit = .milliseconds(500)
            return one
        }
        let prompt = try ["127.0.0.1", "[::ffff:127.0.0.1]", "known"].map { try request("http://\($0):\(port)/") }
        let answers = await withTaskGroup(of: WebAnswer.self) { group in
            for request in silent { group.addTask { await client.send(request) } }
            for request in prompt { #expect(await client.send(request) == .status(204, "204 No Content"), "\(request.url)") }
            return await group.reduce(into: [WebAnswer]()) { $0.append($1) }
        }
        #expect(answers.count { $0 == .none("the name servers do not answer") } == LookupTurns.mostUnsure, "\(answers)")
        #expect(answers.count { $0 == .untried } == 40 - LookupTurns.mostUnsure)
        #expect(names.asked.count == 2 + LookupTurns.mostUnsure, "an address is not looked up")
        try await server.close()
    }

    @Test("A name that several ask for is looked up once") func sharedLookup() async throws {
        let server = try await WebServer(["HTTP/1.1 204 No Content\r\n\r\n"]), names = Names(port: server.port), client = names.client()
        let request = try request("http://silent:\(server.port)/")
        async let first = client.send(request), second = client.send(request), third = client.send(request)
        while names.asked.isEmpty { await Task.yield() }
        names.letGo()
        #expect(await [first, second, third] == Array(repeating: .status(204, "204 No Content"), count: 3))
        #expect(Set(names.asked) == ["silent"])
        try await server.close()
    }

    @Test("Names that hung the last time wait behind those that answered, and are never all that is looked up") func turns() {
        var turns = LookupTurns()
        let all = (0..<40).map { "n\($0)" }
        for name in all { turns.ask(name) }
        #expect(turns.next() == Array(all.prefix(28)) && turns.next() == [])
        for name in all.prefix(28) { turns.ended(name, hung: true) }
        for name in all.dropFirst(28) { turns.forget(name) }
        for name in all.prefix(28) + ["new"] { turns.ask(name) }
        #expect(turns.next() == ["new"] + all.prefix(12))
        turns.ended("new", hung: false)
        turns.ask("new")
        turns.ask("newer")
        #expect(turns.next() == ["new", "newer"], "at once")
        #expect(turns.isGoing("new"))
        turns.ask("new")
        #expect(turns.next() == [], "one at a time")
    }

    @Test("Without certificates to trust, or for another's certificate, people are told what to do") func certificates() {
        let none = "no certificates to trust are installed here: install ca-certificates, or name a file in SSL_CERT_FILE"
        #expect(WebFailure(unreadable: nil).words == none)
        let missing = "the certificates to trust cannot be read: SSL_CERT_FILE=/no/such: No such file or directory"
        #expect(WebFailure(unreadable: "/no/such").words == missing)
        #expect(WebFailure(unreadable: "/dev/null").words.hasSuffix("SSL_CERT_FILE=/dev/null: is not a regular file"))
        #expect(WebFailure.words(NIOSSLExtraError.failedToValidateHostname) == "its certificate is for another name")
        #expect(WebFailure.words(BoringSSLError.unknownError([])) == "no TLS connection with it can be made: it broke off")
    }
}
