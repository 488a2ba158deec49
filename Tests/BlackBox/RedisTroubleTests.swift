internal import CLinux
internal import Glibc
internal import Testing

/// What the service says, and that it goes on, when its Redis gets into trouble and out of it.
@Suite("A Redis in trouble while the service runs", .inPlace, .timeLimit(.minutes(3)))
struct RedisTroubleTests {
    enum Trouble: String, CaseIterable {
        case full, cannotSave, readOnly, scriptsForgotten

        var begin: [[String]] {
            switch self {
            case .full: [["EVAL", "return redis.call('SET', 'x', string.rep('x', 3000000))", "0"], ["CONFIG", "SET", "maxmemory", "1mb"]]
            case .cannotSave: [["CONFIG", "SET", "save", "3600 1"], ["BGSAVE"]]
            case .readOnly: [["REPLICAOF", "127.0.0.1", "1"]]
            case .scriptsForgotten: [["SCRIPT", "FLUSH"]]
            }
        }

        var end: [[String]] {
            switch self {
            case .full: [["CONFIG", "SET", "maxmemory", "0"]]
            case .cannotSave: [["CONFIG", "SET", "save", ""]]
            case .readOnly: [["REPLICAOF", "NO", "ONE"]]
            case .scriptsForgotten: []
            }
        }

        /// Of the log; `nil` where nobody need know.
        var words: String? {
            switch self {
            case .full: "its memory is full"
            case .cannotSave: "it cannot write its snapshots and refuses changes"
            case .readOnly: "it is a read-only replica"
            case .scriptsForgotten: nil
            }
        }
    }

    @Test("It is said with the reason, nothing is started meanwhile, and all goes on when it is over", arguments: Trouble.allCases)
    func trouble(_ trouble: Trouble) async throws {
        try await Plain.use { plain in
            // A folder in the place of the snapshot: none can be saved.
            plain.folder.folder("redis")
            plain.folder.folder("redis/dump.rdb")
            let redis = try await Redis(in: plain)
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(2)
            for command in trouble.begin { try await redis.call(command) }
            if let words = trouble.words {
                let said = try await service.expect("the store failed; jobs wait until it works")
                #expect(said["reason"]?.contains(words) == true, "\(said)")
                for command in trouble.end { try await redis.call(command) }
                try await service.expect("the store works again", within: .seconds(20))
            }
            try await plain.moreStarts(3)
            #expect(service.log("the store failed; jobs wait until it works").count == (trouble.words == nil ? 0 : 1))
            #expect(try await service.stop() == 0)
            #expect(Start.doubled(try Start.all(plain)) == [])
            #expect(try await LedgerRow.open(redis) == [])
            #expect(LedgerRow.gaps(try await LedgerRow.all(redis, job: "job-0")) == [])
        }
    }

    @Test("One that has too few replicas for a write is waited for at the start, too")
    func tooFewReplicas() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain, ["--min-replicas-to-write", "1"])
            let service = try await plain.start(Start.table(1), store: redis.url, waits: false)
            let waiting = try await service.expect("the store cannot be used yet; waiting for it")
            #expect(waiting["reason"]?.contains("too few replicas follow it") == true, "\(waiting)")
            try await redis.call("CONFIG", "SET", "min-replicas-to-write", "0")
            try await service.expect("ready")
            #expect(try await service.stop() == 0)
        }
    }

    @Test("A key of the wrong type is named, with one line as long as it stands there, and one when it is mended")
    func wrongType() async throws {
        try await Plain.use { plain in
            let redis = try await Redis(in: plain), runs = "{cron:default}:runs"
            let service = try await plain.start(Start.table(1), store: redis.url)
            try await plain.moreStarts(2)
            try await redis.call("EVAL", "redis.call('DEL', KEYS[1]) redis.call('SET', KEYS[1], 'junk') return 'OK'", "1", runs)
            let said = try await service.expect("the store failed; jobs wait until it works")
            #expect(said["reason"]?.contains(runs) == true && said["remedy"]?.contains("RENAME") == true, "\(said)")
            try await Task.sleep(for: .seconds(6))
            #expect(service.log("the store works again").isEmpty, "renewals work, and say nothing")
            #expect(service.log("the store failed; jobs wait until it works").count == 1)
            try await redis.call("DEL", runs)
            try await service.expect("the store works again", within: .seconds(20))
            try await plain.moreStarts(2)
            #expect(try await service.stop() == 0)
        }
    }

    @Test("One that still loads is waited for, at the start and after its restart")
    func loading() async throws {
        try await Plain.use { plain in
            let slow = ["--key-load-delay", "800", "--loading-process-events-interval-bytes", "1024", "--appendonly", "no"]
            let redis = try await Redis(in: plain, slow)
            let filler = "for i = 1, 5000 do redis.call('SET', 'filler-' .. i, string.rep('x', 100)) end return 'OK'"
            try await redis.call("EVAL", filler, "0")
            try await redis.call("SAVE")
            try await redis.crash()
            try await redis.start(isAwaited: false)
            let service = try await plain.start(Start.table(1), store: redis.url)
            let waited = try #require(service.log("the store cannot be used yet; waiting for it").first?["reason"])
            #expect(waited.contains("it is loading its data") || waited.contains("cannot connect"), "\(waited)")
            try await plain.moreStarts(2)
            try await redis.call("SAVE")
            try await redis.crash()
            try await redis.start(isAwaited: false)
            try await service.expect("the store works again", within: .seconds(40))
            try await plain.moreStarts(2)
            #expect(try await service.stop() == 0)
            #expect(Start.doubled(try Start.all(plain)) == [])
        }
    }

    @Test("What is no Redis is named as such: a web server ends the start, a listener that says nothing is waited for")
    func foreign() async throws {
        try await Plain.use { plain in
            let web = try Rabbit.freePort()
            let server = try plain.launch(
                ["python3", "-u", "-m", "http.server", "\(web)", "--bind", "127.0.0.1"], environment: [:], isContained: false)
            try await eventually("a web server") { server.out.contains("Serving HTTP") }
            let one = try await plain.start("* * * * * true\n", store: "redis://127.0.0.1:\(web)", waits: false)
            #expect(try await one.end(within: .seconds(10)) == 69)
            let reason = one.log("cannot start").first?["reason"] ?? ""
            #expect(reason.contains("what answers there is not a Redis") && reason.contains("another service listens there"), "\(reason)")
            let silent = try SilentListener()
            let two = try await plain.start("* * * * * true\n", store: "redis://127.0.0.1:\(silent.port)?timeout=0.5", waits: false)
            let waiting = try await two.expect("the store cannot be used yet; waiting for it")
            #expect(waiting["reason"]?.contains("it took the connection and answered nothing") == true, "\(waiting)")
            try two.signal(SIGTERM)
            _ = try await two.end()
        }
    }

    @Test("A server that wants a certificate gets one; without it, and without TLS, the start ends and says what is missing")
    func certificates() async throws {
        try await Plain.use { plain in
            let place = plain.folder.path, port = try Rabbit.freePort()
            try await Program.shell(
                """
                cd \(place)
                openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=blackbox-authority
                for name in localhost client; do
                    openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=$name
                    printf "subjectAltName=DNS:$name\\n" > $name.ext
                    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $name.pem -days 2 -extfile $name.ext
                done
                """)
            _ = try await Redis(
                in: plain,
                [
                    "--tls-port", "\(port)", "--tls-cert-file", "\(place)/localhost.pem", "--tls-key-file", "\(place)/localhost.key",
                    "--tls-ca-cert-file", "\(place)/ca.pem", "--tls-auth-clients", "yes",
                ])
            let url = "rediss://localhost:\(port)?timeout=5&tls-ca=\(place)/ca.pem"
            let service = try await plain.start(
                "59 23 31 12 * true\n", store: "\(url)&tls-cert=\(place)/client.pem&tls-key=\(place)/client.key")
            #expect(try await service.stop() == 0)
            for (bad, words) in [(url, "it wants a certificate of ours"), ("redis://localhost:\(port)?timeout=2", "write rediss://")] {
                let other = try await plain.start(store: bad, waits: false)
                try await eventually("\(words)") { other.errors.lowercased().contains(words) }
                other.destroy()
            }
        }
    }
}

/// Takes connections, as far as the system does that for it, and says nothing.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let code = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0 ? getsockname(descriptor, $0, &length) : -1
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard code == 0 else { throw Complaint("nothing can listen") }
    }

    deinit { close(descriptor) }
}
