internal import CronStoreRedis
internal import Glibc
internal import Testing

/// Who we are, told to servers that want to know it.
@Suite(.serialized, .realTime) struct RedisAccessTests {
    @Test(arguments: ["p@ss:/?#[]%&=+ w", "é\"'\\`$()", "%41", " ", "a:b@c/d?e#f"])
    func aPasswordOfAnyCharactersIsWrittenInPercentSigns(_ password: String) async throws {
        let server = try RedisServer(["--requirepass", password])
        let written = password.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try await quickClient("unix://:\(written)@\(server.socket)").connect()
        try await quickClient("unix://default:\(written)@\(server.socket)").connect()
        #expect(try await failure("unix://:\(written)x@\(server.socket)").kind == .wrongPassword)
    }

    @Test func aUserOfTheACL() async throws {
        let server = try RedisServer()
        _ = try await server.client().raw("ACL", "SETUSER", "cr:on", "on", ">pw", "~{cron:test}:*", "+@all", "-@dangerous", "+info")
        try await quickClient("unix://cr%3Aon:pw@\(server.socket)").connect()
        #expect(try await failure("unix://cr%3Aon:no@\(server.socket)").kind == .wrongPassword)
    }

    @Test func aServerThatWantsACertificateOfOurs() async throws {
        let port = try RedisServer.freePort(), ours = try Certificates(), foreign = try Certificates()
        let server = try RedisServer([
            "--tls-port", "\(port)", "--tls-cert-file", ours.certificate, "--tls-key-file", ours.key, "--tls-ca-cert-file", ours.authority,
            "--tls-auth-clients", "yes",
        ])
        let url = "rediss://localhost:\(port)?timeout=50&tls-ca=\(ours.authority)"
        try await quickClient("\(url)&tls-cert=\(ours.clientCertificate)&tls-key=\(ours.clientKey)").connect()
        let none = try await failure(url)
        #expect(none.kind == .identityWanted, "\(none)")
        #expect(none.description.contains("tls-cert=PATH and tls-key=PATH"))
        #expect(!none.isTransient)
        let stranger = try await failure("\(url)&tls-cert=\(foreign.clientCertificate)&tls-key=\(foreign.clientKey)")
        #expect(stranger.kind == .identityWanted, "\(stranger)")
        let missing = try await failure("\(url)&tls-cert=\(ours.clientCertificate)&tls-key=/nowhere.key")
        #expect(missing.kind == .identity && missing.description.contains("/nowhere.key"), "\(missing)")
        let mixed = try await failure("\(url)&tls-cert=\(ours.clientCertificate)&tls-key=\(foreign.clientKey)")
        #expect(mixed.kind == .identity, "\(mixed)")
        withExtendedLifetime(server) {}
    }

    @Test func sentinelsHaveUsersOfTheirOwn() async throws {
        let port = try RedisServer.freePort(), sentinelPort = try RedisServer.freePort()
        let master = try RedisServer(["--port", "\(port)", "--requirepass", "of the master"])
        let sentinel = try RedisServer(
            ["--port", "\(sentinelPort)"],
            sentinel: [
                "sentinel monitor m 127.0.0.1 \(port) 1", "sentinel auth-pass m \"of the master\"", "requirepass \"of the sentinel\"",
                "user watcher on >its-own ~* &* +@all",
            ])
        let url = "redis+sentinel://:of%20the%20master@127.0.0.1:\(sentinelPort)/m"
        try await quickClient("\(url)?sentinel-password=of%20the%20sentinel").connect()
        try await quickClient("\(url)?sentinel-user=watcher&sentinel-password=its-own").connect()
        let file = "\(sentinel.folder)/password"
        try writeText("its-own\n", to: file)
        try await quickClient("\(url)?sentinel-user=watcher&sentinel-password-file=\(file)").connect()
        let none = try await failure(url)
        #expect(none.kind == .sentinel && none.description.contains("sentinel-password-file=PATH"), "\(none)")
        let wrong = try await failure("\(url)?sentinel-password=wr0ng")
        #expect(wrong.description.contains("user or password is wrong") && !wrong.description.contains("wr0ng"), "\(wrong)")
        let missing = try await failure("\(url)?sentinel-password-file=/nowhere")
        #expect(missing.description.contains("/nowhere: No such file"), "\(missing)")
        withExtendedLifetime(master) {}
    }
}
