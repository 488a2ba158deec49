/// What is wrong with the URL of a broker, and how to write it. Never quotes the user info.
public struct AMQPURLError: Error, Hashable, Sendable {
    /// The part of the URL, quoted where it is no secret.
    public var place: String
    public var problem: String
    public var remedy: String

    init(_ place: String, _ problem: String, write remedy: String) {
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }
}

extension AMQPURLError: CustomStringConvertible {
    public var description: String { "AMQP URL, \(place): \(problem). Write \(remedy)." }
}
