@testable internal import CronRabbitMQ
internal import Glibc
internal import Testing

@Suite struct BrokerAddressTests {
    private func write(_ text: String, to path: String) throws {
        let file = try #require(fopen(path, "w"))
        fputs(text, file)
        fclose(file)
    }

    @Test("What a file said last counts while it cannot be read, and why it cannot is known") func fileThatGoes() throws {
        let path = "/tmp/broker-address-\(getpid())", first = try AMQPURL("amqp://one")
        defer { unlink(path) }
        var address = BrokerAddress()
        try write("amqp://two\n", to: path)
        address.read(first, path)
        #expect(address.url == (try AMQPURL("amqp://two")) && address.fault == nil)
        try write("nonsense\n", to: path)
        address.read(first, path)
        #expect(address.url == (try AMQPURL("amqp://two")) && address.fault?.contains("there is no scheme") == true)
        unlink(path)
        address.read(first, path)
        #expect(address.url == (try AMQPURL("amqp://two")) && address.fault?.contains("No such file") == true)
        address.read(first, nil)
        #expect(address.fault == nil)
    }
}
