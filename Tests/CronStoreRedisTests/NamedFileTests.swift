import CronStoreRedis
import Glibc
import Testing

/// Files that a Redis URL names. No server is asked: they are looked at first.
@Suite(.timeLimit(.minutes(30))) struct NamedFileTests {
    private func failure(_ options: String) async throws -> String {
        let client = RedisClient(try RedisURL("rediss://127.0.0.1:1?\(options)"), name: "test")
        do {
            try await client.connect()
            return "connected"
        } catch {
            return "\(error)"
        }
    }

    @Test func aPipeIsNotWaitedFor() async throws {
        let pipe = "/tmp/named-file-\(getpid())"
        try #require(mkfifo(pipe, 0o600) == 0)
        defer { unlink(pipe) }
        for options in ["tls-ca=\(pipe)", "tls-cert=\(pipe)&tls-key=\(pipe)"] {
            let told = try await failure(options)
            #expect(told.contains("\(pipe) is not a regular file"), "\(told)")
        }
    }

    @Test func aDeviceIsNotRead() async throws {
        let told = try await failure("tls-cert=/dev/zero&tls-key=/dev/zero")
        #expect(told.contains("/dev/zero is not a regular file"), "\(told)")
    }
}
