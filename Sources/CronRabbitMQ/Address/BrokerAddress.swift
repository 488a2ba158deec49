internal import LinuxEvents

/// Where the broker is, as its file has it: read again for each connection, so that a password can be changed while the service runs.
struct BrokerAddress {
    private(set) var url: AMQPURL?
    /// Why the file cannot be used now. What was read last counts then.
    private(set) var fault: String?

    /// - Parameter first: what was read at the start.
    mutating func read(_ first: AMQPURL, _ file: String?) {
        let known = url ?? first
        url = known
        fault = nil
        guard let file else { return }
        do throws(NamedFile.Fault) {
            let text = try NamedFile.firstLine(of: file)
            do throws(AMQPURLError) { url = try AMQPURL(text) } catch { fault = "the address of before is used: \(file): \(error)" }
        } catch { fault = "the address of before is used: \(error.description)" }
    }
}
