import Glibc
import Testing

@Suite(
    "Webhooks and pings", .serialized, .inPlace, .enabled(if: access("/usr/bin/python3", X_OK) == 0, "needs python3"),
    .timeLimit(.minutes(3)))
struct HookTests {
    /// A server that writes down what it is asked, a line each, and answers as a file says, 200 where there is none; a second word there is when to ask
    /// again. With a certificate, in TLS.
    private static let server = #"""
        import base64, hashlib, hmac, http.server, os, socket, ssl, sys, threading, time
        folder, secret = sys.argv[1], b"between us"
        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                id, at, signature = (self.headers.get("webhook-" + n, "") for n in ("id", "timestamp", "signature"))
                sum = base64.b64encode(hmac.new(secret, f"{id}.{at}.".encode() + body, hashlib.sha256).digest()).decode()
                signed = "signed" if signature == "v1," + sum else "unsigned"
                try: status, *wait = open(folder + "/status").read().split(None, 1); status = int(status)
                except (OSError, ValueError): status, wait = 200, []
                with open(folder + "/times", "a") as file: file.write(f"{status} {self.path.split('?')[0]} {time.monotonic()}\n")
                with open(folder + "/asked", "a") as file:
                    file.write(f"{status} {self.command} {self.path} {signed} {id} {body.decode()}\n")
                self.send_response(status); self.send_header("Content-Length", "0")
                for value in wait: self.send_header("Retry-After", value)
                self.end_headers()
            do_GET = do_POST = answer
            def do_CONNECT(self):
                host, port = self.path.split(":")
                with open(folder + "/asked", "a") as file: file.write(f"200 CONNECT {self.path}\n")
                self.send_response(200); self.end_headers()
                def carry(a, b):
                    try:
                        while data := a.recv(65536): b.sendall(data)
                        b.shutdown(socket.SHUT_WR)
                    except OSError: pass
                with socket.create_connection((host, int(port))) as there:
                    threading.Thread(target=carry, args=(there, self.connection), daemon=True).start()
                    carry(self.connection, there)
                self.close_connection = True
            def log_message(self, *words): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler)
        if len(sys.argv) > 3:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(sys.argv[3])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with open(folder + "/port", "w") as file: file.write(f"{server.server_address[1]}\n")
        server.serve_forever()
        """#

    private func serve(_ plain: Plain, port: Int = 0, certificate: String? = nil) async throws -> (server: Daemon, port: Int) {
        plain.folder.write("server.py", Self.server)
        plain.folder.write("port", "")
        let words = ["/usr/bin/python3", "\(plain.folder.path)/server.py", plain.folder.path, "\(port)"] + (certificate.map { [$0] } ?? [])
        let server = try plain.launch(words, environment: [:], isContained: false)
        try await eventually("the server listens") { plain.folder.read("port").hasSuffix("\n") }
        return (server, try #require(Int(plain.folder.read("port").dropLast())))
    }

    /// What it was asked, without the ids that say what belongs together.
    private func asked(_ plain: Plain, _ path: String) -> [String] {
        plain.folder.read("asked").split(separator: "\n").map(String.init).filter { $0.contains(" \(path)") }
    }

    private func words(_ line: String) -> String { line.split(separator: "?").first.map(String.init) ?? line }

    @Test("A failure is told once, signed, and when it is over; pings say start, end and exit code; what nobody wants told is not")
    func told()
        async throws
    {
        try await Plain.use { plain in
            let (_, port) = try await serve(plain)
            plain.folder.write("secret", "between us\n")
            let service = try await plain.start(
                """
                API_TOKEN=hush-hush-hush
                # crond: every=1s name=mended on-failure=http://127.0.0.1:\(port)/hook?x=1
                @every test -e \(plain.folder.path)/mended || { echo broken $API_TOKEN; exit 3; }
                # crond: every=1s name=watched ping=http://127.0.0.1:\(port)/ping/k
                @every test -e \(plain.folder.path)/mended || exit 7
                # crond: every=1s name=alone
                @every false

                """, ["--event-output"], environment: ["CROND_WEBHOOK_SECRET_FILE": "\(plain.folder.path)/secret"])
            try await eventually("failures") {
                service.log("job finished", ["job": "mended"]).count >= 2 && asked(plain, "/ping/k/7").count >= 2
            }
            plain.folder.write("mended", "")
            try await eventually("the end") { asked(plain, "/hook").count >= 2 && asked(plain, "/ping/k?").count >= 1 }
            #expect(try await service.stop() == 0)
            let hooks = asked(plain, "/hook")
            #expect(hooks.count == 2, "\(hooks)")
            #expect(hooks.allSatisfy { $0.hasPrefix("200 POST /hook?x=1 signed ") })
            #expect(
                hooks[0].contains(#""event":"failed""#) && hooks[0].contains(#""exit":3"#) && hooks[0].contains(#""output":"broken ***\n""#)
            )
            #expect(hooks[1].contains(#""event":"fixed""#))
            let pings = asked(plain, "/ping/k")
            #expect(
                pings.prefix(4).map(words) == ["200 GET /ping/k/start", "200 GET /ping/k/7", "200 GET /ping/k/start", "200 GET /ping/k/7"])
            #expect(!plain.folder.read("asked").contains("alone") && !plain.folder.read("asked").contains("hush"))
            #expect(service.log("a ping is lost").isEmpty && service.log("a webhook is lost").isEmpty)
        }
    }

    @Test("A server that is away holds up nobody; what waited is told when it is back, also by the next life; nothing of a URL is shown")
    func away()
        async throws
    {
        try await Plain.use { plain in
            let (server, port) = try await serve(plain)
            let table = """
                # crond: every=1s name=a on-failure=http://127.0.0.1:\(port)/secret-path ping=http://127.0.0.1:\(port)/ping
                @every false
                # crond: every=1s name=other ping=http://127.0.0.1:9/x
                @every true

                """
            server.destroy()
            let service = try await plain.start(table)
            try await service.expect("a host does not answer; webhooks and pings for it wait", ["host": "http://127.0.0.1:\(port)"])
            try await eventually("runs go on") { service.log("job finished", ["job": "a"]).count >= 3 }
            #expect(try await plain.verb("status").out.contains("webhooks: they wait for a host: http://127.0.0.1"))
            service.destroy()
            let (_, again) = try await serve(plain, port: port)
            #expect(again == port)
            let second = try await plain.start()
            try await eventually("what the first life had to tell") {
                !asked(plain, "/secret-path").isEmpty && asked(plain, "/ping/1").count >= 2
            }
            let first = try #require(asked(plain, "/ping").first)
            #expect(words(first) == "200 GET /ping/start", "from the beginning")
            #expect(asked(plain, "/secret-path")[0].contains(#""failures":1"#), "the first failure, which the first life saw")
            #expect(try await second.stop() == 0)
            #expect(!service.errors.contains("secret-path") && !second.errors.contains("secret-path"))
        }
    }

    @Test(
        "What is refused is lost and said once; a server that is busy is asked again; over TLS only who is trusted is told, also through a proxy"
    )
    func trouble()
        async throws
    {
        try await Plain.use { plain in
            let (server, port) = try await serve(plain)
            let table = "# crond: every=1s name=a ping=http://127.0.0.1:\(port)/p\n@every true\n"
            plain.folder.write("status", "404")
            let service = try await plain.start(table)
            try await service.expect("a ping is lost", ["job": "a", "reason": "404 Not Found"])
            plain.folder.write("status", "503")
            try await eventually("busy") { plain.folder.read("asked").contains("503 GET") }
            // By itself it would be asked again after 1 s.
            plain.folder.write("status", "429 3")
            try await eventually("too many") { plain.folder.read("asked").contains("429 GET") }
            plain.folder.write("status", "200")
            try await service.expect("pings are taken again", ["job": "a"])
            let times = plain.folder.lines("times").map { $0.split(separator: " ") }
            let tooMany = try #require(times.lastIndex { $0[0] == "429" }), wait = try #require(Double(times[tooMany][2]))
            #expect(try #require(Double(times[tooMany + 1][2])) - wait >= 2.9, "\(times)")
            #expect(service.log("a ping is lost").count == 1)
            #expect(try await service.stop() == 0)
            server.destroy()

            let made = try await Program.run([
                "/bin/sh", "-c",
                """
                cd \(plain.folder.path) && openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=127.0.0.1 \
                -addext subjectAltName=IP:127.0.0.1 && cat key.pem cert.pem > both.pem
                """,
            ])
            try #require(made.code == 0, "\(made.errors)")
            let (_, secure) = try await serve(plain, certificate: "\(plain.folder.path)/both.pem")
            let strict = try await plain.start("# crond: every=1s name=a ping=https://127.0.0.1:\(secure)/tls\n@every true\n")
            let said = try await strict.expect("a host does not answer; webhooks and pings for it wait")
            #expect(said["reason"]?.hasPrefix("its certificate is not trusted here") == true, "\(said)")
            #expect(try await strict.stop() == 0 && asked(plain, "/tls").isEmpty)
            let trusting = try await plain.start(environment: ["SSL_CERT_FILE": "\(plain.folder.path)/cert.pem"])
            try await eventually("a ping over TLS") { !asked(plain, "/tls").isEmpty }
            #expect(try await trusting.stop() == 0)
            let (_, proxy) = try await serve(plain)
            plain.folder.write("asked", "")
            let inside = try await plain.start(
                environment: ["SSL_CERT_FILE": "\(plain.folder.path)/cert.pem", "https_proxy": "127.0.0.1:\(proxy)"])
            try await eventually("a ping through the proxy") { !asked(plain, "/tls").isEmpty }
            #expect(plain.folder.read("asked").hasPrefix("200 CONNECT 127.0.0.1:\(secure)\n200 GET /tls"))
            #expect(try await inside.stop() == 0)
        }
    }

    @Test("A host that hangs has nothing told again to the others after an orderly restart; a secret that is gone is said, and shown")
    func restarted() async throws {
        try await Plain.use { plain in
            let (_, port) = try await serve(plain)
            plain.folder.write("secret", "one\n")
            let environment = ["CROND_WEBHOOK_SECRET_FILE": "\(plain.folder.path)/secret"]
            let table = """
                # crond: every=1s name=good on-failure=http://127.0.0.1:\(port)/hook notify=every
                @every false
                # crond: every=1s name=lost ping=http://127.0.0.1:1/x
                @every true

                """
            let service = try await plain.start(table, environment: environment)
            try await eventually("messages") { asked(plain, "/hook").count >= 2 }
            plain.folder.write("secret", "")
            let said = try await service.expect("the secret of webhooks cannot be read")
            #expect(said["reason"]?.hasPrefix("the secret of before is used: ") == true, "\(said)")
            #expect(try await plain.verb("status").out.contains("webhooks: the secret of before is used"))
            #expect(try await service.stop() == 0)
            let before = asked(plain, "/hook").count
            plain.folder.write("secret", "one\n")
            let second = try await plain.start(environment: environment)
            try await eventually("further messages") { asked(plain, "/hook").count >= before + 2 }
            #expect(try await second.stop() == 0)
            let first = try #require(asked(plain, "/hook").first), id = try #require(first.split(separator: " ").dropFirst(4).first)
            #expect(asked(plain, "/hook").count { $0.contains(" \(id) ") } == 1, "the first one once")
        }
    }

    @Test("Over Redis one replica tells everything, whoever ran it, and another goes on when that ends; nothing twice, nothing left out")
    func replicas()
        async throws
    {
        try await Plain.use { plain in
            let (_, port) = try await serve(plain)
            let redis = try await Redis(in: plain)
            let table = (0..<6).map { "# crond: every=1s name=j\($0) ping=http://127.0.0.1:\(port)/ping/j\($0)\n@every true\n" }.joined()
            let replicas = try await Replicas(plain, stores: [redis.url, redis.url], table: table)
            func starts() -> Set<String> {
                Set(replicas.all.flatMap { $0.log("job started") }.compactMap { $0["run"] })
            }
            try await eventually("runs of both") {
                replicas.all.allSatisfy { $0.log("job started").count >= 4 } && asked(plain, "/ping").count > 20
            }
            #expect(try await replicas[0].stop() == 0)
            let before = starts().count
            func begunNow() -> [String] { asked(plain, "/ping").filter { $0.contains("/start?") } }
            try await eventually("the other's pings") { begunNow().count >= before + 18 && begunNow().count >= starts().count - 6 }
            #expect(try await replicas[1].stop() == 0)
            let begun = begunNow()
            #expect(Set(begun).count == begun.count, "nothing twice where nothing failed")
            // What the end left is told by the next life.
            #expect((starts().count - 12...starts().count).contains(begun.count), "\(begun.count) of \(starts().count)")
        }
    }

    @Test("Settings that cannot be used are said at the start, without what may be a secret") func settings() async throws {
        try await Plain.use { plain in
            plain.folder.write("crontab", "")
            let wrong = try await Program.run(
                [Program.crond, "run", plain.table, "--format", "user"], environment: ["CROND_ON_FAILURE": "hooks.example/secret-path"])
            #expect(wrong.code == 78 && wrong.errors.contains("CROND_ON_FAILURE: expected an http:// or https:// URL"), "\(wrong.errors)")
            #expect(!wrong.errors.contains("secret-path"))
            let secret = try await Program.run(
                [Program.crond, "run", plain.table, "--format", "user"], environment: ["CROND_WEBHOOK_SECRET": "whsec_!!"])
            #expect(secret.code == 78 && secret.errors.contains("CROND_WEBHOOK_SECRET: what stands behind whsec_ is not Base64"))
        }
    }
}
