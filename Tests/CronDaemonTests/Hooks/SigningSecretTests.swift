@testable internal import CronDaemon
internal import CronJobs
internal import Glibc
internal import LinuxEvents
internal import Testing

@Suite("The secret of webhooks, as its file has it") struct SigningSecretTests {
    private struct Frozen: Clocks {
        var wall: WallTime { WallTime(nanoseconds: 0) }
        var monotonic: MonotonicTime { MonotonicTime(nanoseconds: 0) }
    }

    private final class Lines: LogSink {
        let all = Locked<[String]>([])
        func write(_ line: [UInt8]) -> Bool {
            all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            return true
        }
    }

    private func write(_ path: String, _ text: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        #expect(text.withCString { Glibc.write(descriptor, $0, text.utf8.count) } == text.utf8.count)
    }

    @Test("A file that is of no use is said, once for each reason, and the secret of before goes on; a new one is taken") func bad()
        async throws
    {
        var template = Array("/tmp/crond-secret.XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) }), path = "\(folder)/secret"
        defer {
            unlink(path)
            rmdir(folder)
        }
        let lines = Lines(), log = Log(format: .logfmt, level: .info, clocks: Frozen(), errors: lines)
        let first = try #require(WebhookSecret("one")), second = try #require(WebhookSecret("two"))
        let secret = SigningSecret(first, file: path, log: log), blocking = ThreadExecutor()
        defer { blocking.stop() }
        write(path, "one\n")
        #expect(await secret.current(blocking) == first && secret.fault == nil)
        write(path, "two\n")
        for _ in 0..<2 { #expect(await secret.current(blocking) == second) }
        #expect(lines.all.withLock { $0 } == [])
        for (text, reason) in [("", "its first line is empty"), ("whsec_!!\n", "what stands behind whsec_ is not Base64")] {
            write(path, text)
            for _ in 0..<2 { #expect(await secret.current(blocking) == second) }
            #expect(secret.fault == "the secret of before is used: \(path): \(reason)")
        }
        #expect(lines.all.withLock { $0.count { $0.contains("level=warning") } } == 2)
        unlink(path)
        #expect(await secret.current(blocking) == second && secret.fault?.hasSuffix("No such file or directory") == true)
        #expect(mkfifo(path, 0o600) == 0)
        #expect(await secret.current(blocking) == second && secret.fault?.hasSuffix("is not a regular file") == true)
        unlink(path)
        write(path, "three\n")
        #expect(await secret.current(blocking) == WebhookSecret("three") && secret.fault == nil)
        #expect(lines.all.withLock { $0.last?.contains("is read again") } == true)
    }
}
