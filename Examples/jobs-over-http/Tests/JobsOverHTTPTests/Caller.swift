import FoundationEssentials
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded

/// Calls the routes of a service, without a server between.
struct Caller {
    struct Answer {
        var status: Int
        var text: String

        /// A member of the response's object, as text; of nested objects with dots.
        func member(_ path: String) -> String? {
            var value = try? JSONDecoder().decode(Value.self, from: Data(text.utf8))
            for name in path.split(separator: ".") {
                guard case .object(let members) = value else { return nil }
                value = members[String(name)]
            }
            return value?.text
        }

        var error: String? { member("error.message") }
    }

    private let responder: any HTTPResponder<BasicRequestContext>

    init(_ router: Router<BasicRequestContext>) { responder = router.buildResponder() }

    func callAsFunction(_ method: HTTPRequest.Method, _ path: String, _ body: String = "") async throws -> Answer {
        let head = HTTPRequest(method: method, scheme: "http", authority: "localhost", path: path)
        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
        let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
        let source = ApplicationRequestContextSource(channel: NIOAsyncTestingChannel(), logger: logger)
        let response = try await responder.respond(to: request, context: BasicRequestContext(source: source))
        let collector = Collector()
        try await response.body.write(collector)
        return Answer(status: response.status.code, text: String(buffer: await collector.buffer))
    }
}

private actor Bytes {
    var buffer = ByteBuffer()
    func append(_ other: ByteBuffer) { buffer.writeImmutableBuffer(other) }
}

private struct Collector: ResponseBodyWriter {
    private let bytes = Bytes()

    var buffer: ByteBuffer { get async { await bytes.buffer } }

    func write(_ buffer: ByteBuffer) async throws { await bytes.append(buffer) }
    func finish(_ trailingHeaders: HTTPFields?) async throws {}
}

private enum Value: Decodable {
    case object([String: Value])
    case text(String)
    case other

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let members = try? container.decode([String: Value].self) {
            self = .object(members)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let flag = try? container.decode(Bool.self) {
            self = .text("\(flag)")
        } else {
            self = .other
        }
    }

    var text: String? { if case .text(let text) = self { text } else { nil } }
}
