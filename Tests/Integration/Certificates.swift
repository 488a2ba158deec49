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
        try Shell.run("{ \(script)\n} >/dev/null 2>&1", [folder])
    }

    deinit { removeTree(folder) }
}
