@testable internal import CronRabbitMQ
internal import CronJobs
internal import Testing

@Suite struct AMQPURLTests {
    @Test func hostsPortVhostAndUser() throws {
        let url = try AMQPURL("amqp://m%40e:p%3Aw%2F@one,two:5673,[::1]:7/team%2Fa?heartbeat=5&timeout=0.5&confirm=2")
        #expect(url.hosts == [HostPort(host: "one", port: 5672), HostPort(host: "two", port: 5673), HostPort(host: "::1", port: 7)])
        #expect(url.user == "m@e" && url.password == "p:w/" && url.virtualHost == "team/a")
        #expect(url.heartbeat == 5 && url.timeout == .milliseconds(500) && url.confirm == .seconds(2) && url.tls == nil)
        #expect("\(url)" == "amqp://one:5672,two:5673,[::1]:7/team/a")
    }

    @Test(arguments: ["amqp://mq", "amqp://mq/", "amqp://mq:5672/%2F", "AMQP://mq"]) func theUsualOnes(_ text: String) throws {
        let url = try AMQPURL(text)
        #expect(url.virtualHost == "/" && url.user == "guest" && url.password == "guest" && "\(url)" == "amqp://mq:5672")
    }

    @Test func overTLS() throws {
        let url = try AMQPURL("amqps://u:p@mq/v?tls-ca=/a.pem&tls-cert=/c.pem&tls-key=/k.pem&tls-verify=none")
        #expect(url.hosts.first?.port == 5671 && "\(url)" == "amqps://mq:5671/v")
        #expect(url.tls?.authority == "/a.pem" && url.tls?.verification == AMQPURL.Verification.none)
        #expect(url.tls?.identity == AMQPURL.Identity(certificate: "/c.pem", key: "/k.pem"))
    }

    @Test(arguments: [
        ("mq:5672", "there is no scheme"), ("http://mq", "\"http\" is not supported"), ("amqp://", "not HOST"), ("amqp://a,,b", "not HOST"),
        ("amqp://mq:0", "not HOST"), ("amqp://mq/a/b", "a second slash"), ("amqp://user@mq", "lacks the user or the password"),
        ("amqp://:pw@mq", "lacks the user or the password"), ("amqp://mq?heartbeat=601", "between 0 and 600"),
        ("amqp://mq?heartbeat=", "heartbeat"),
        ("amqp://mq?timeout=0", "between 0.05 and 60"), ("amqp://mq?nosuch=1", "none of that name"),
        ("amqp://mq?tls-verify=none", "need TLS"),
        ("amqps://mq?tls-cert=/c", "belong together"), ("amqp://mq/%zz", "two hexadecimal digits"), ("amqp://mq/%00", "zero byte"),
        ("amqp://mq#x", "fragment"), ("amqp://u:p?w@mq", "stands behind a ?"),
        ("amqp://u:p@one,amqp://u:p@two", "a second @"), ("amqp://u:p@one,u:p@two", "a second @"),
    ]) func whatIsWrongIsSaid(_ text: String, _ expected: String) {
        #expect { try AMQPURL(text) } throws: { "\($0)".contains(expected) && "\($0)".contains("Write ") }
    }

    @Test(arguments: ["amqp://me:s3cret@mq:x", "amqp://me:s3cret", "amqp://me:s3cret@", "amqp://me:s3cret%@mq", "amqp://me:s3cret@mq/a/b"])
    func noPasswordIsEverQuoted(_ text: String) {
        #expect { try AMQPURL(text) } throws: { !"\($0)".contains("s3cret") }
    }

    @Test func whatABrokerRepeatsOfThePasswordIsHidden() {
        let error = BrokerError(.wrongPassword, "amqp://mq", "login of me:s3cret-word failed").hiding("s3cret-word").adding(
            "/run/url: gone")
        #expect(error.words == "login of me:*** failed; /run/url: gone")
        #expect(BrokerError(.lost, "amqp://mq").adding(nil).words.isEmpty)
    }

    @Test(arguments: BrokerError.Kind.allCases) func everyErrorSaysWhatToDo(_ kind: BrokerError.Kind) {
        let text = BrokerError(kind, "amqp://mq:5672", "its words").description
        #expect(text.hasPrefix("amqp://mq:5672: ") && text.contains("(its words). ") && text.hasSuffix("."))
    }
}
