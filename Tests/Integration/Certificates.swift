// tidy: helper
internal import Glibc

/// An authority, a certificate for `localhost` and one for a client, made now.
final class Certificates: Sendable {
    private let folder: String
    var authority: String { "\(folder)/ca.pem" }
    var certificate: String { "\(folder)/server.pem" }
    var key: String { "\(folder)/server.key" }
    var clientCertificate: String { "\(folder)/client.pem" }
    var clientKey: String { "\(folder)/client.key" }

    init() throws {
        var template = Array("/tmp/cron-tls-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Complaint("mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let script = """
            cd "$0" && openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=cron-test-authority &&
            openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost &&
            printf 'subjectAltName=DNS:localhost\\n' > server.ext &&
            openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile server.ext &&
            openssl req -newkey rsa:2048 -nodes -keyout client.key -out client.csr -subj /CN=cron-test-client &&
            openssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out client.pem -days 2
            """
        try Shell.run("{ \(script)\n} >/dev/null 2>&1", [folder])
    }

    deinit { removeTree(folder) }
}
