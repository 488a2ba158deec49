// tidy: helper
internal import Glibc

/// An authority and a certificate for `localhost`, made now.
final class Certificates: Sendable {
    private let folder: String
    var authority: String { "\(folder)/ca.pem" }
    var certificate: String { "\(folder)/server.pem" }
    var key: String { "\(folder)/server.key" }

    init() throws {
        var template = Array("/tmp/cron-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let script = """
            cd "$0" && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=cron-test-authority &&
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost &&
            printf 'subjectAltName=DNS:localhost\\n' > server.ext &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile server.ext
            """
        let texts: [String] = ["/bin/sh", "-c", "{ \(script)\n} >/dev/null 2>&1", folder]
        var words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var attributes = posix_spawnattr_t(), none = sigset_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0, status: Int32 = 0
        guard posix_spawn(&pid, "/bin/sh", nil, &attributes, &words, environ) == 0 else { throw Complaint("sh") }
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        guard status == 0 else { throw Complaint("openssl failed") }
    }

    deinit { removeTree(folder) }
}
