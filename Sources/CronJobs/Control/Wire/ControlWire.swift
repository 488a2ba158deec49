// The contract as lines of JSON. One connection brings one request, a line; the answer is a head, then one line a part.
//
//     {"crond":1,"version":"0.1.0","ask":"jobs","states":["paused"]}
//     {"answer":"jobs","crond":1,"version":"0.1.0"}
//     {"job":{"command":"backup","id":"nightly",…}}
//     {"end":{"count":1,"total":1}}
//
// `crond` is the number of the protocol. It changes when a request or an answer of the number before would be taken for something else. A field
// that a request has and the service does not know is refused: who asks for a pause *until* must not get one for good. In answers unknown
// fields are passed over, and so are parts of unknown kinds.

/// How requests and answers are written, by a program of one version.
public struct ControlWire: Sendable {
    public static let number = 1

    /// This program's.
    public let version: String

    public init(version: String) { self.version = version }

    /// What a line of an answer says.
    public enum Line: Hashable, Sendable {
        /// The beginning of an answer.
        case head
        case part(ControlPart)
        case refusal(ControlRefusal)
        /// A part of a kind that this version does not know.
        case other
    }

    // MARK: Writing

    /// A request, marked with the version; with the line's end.
    public func line(_ request: ControlRequest) -> [UInt8] { write(request.fields.merging(mark) { _, mark in mark }) }

    /// The first line of an answer that streams its parts.
    public func head(_ kind: ControlRequest.Kind) -> [UInt8] { write(mark.merging(["answer": .text(kind.rawValue)]) { mark, _ in mark }) }

    /// A refusal, which is all there is of its answer.
    public func line(_ refusal: ControlRefusal) -> [UInt8] {
        write(mark.merging(["error": .text(refusal.message), "code": .number(Int64(refusal.code))]) { mark, _ in mark })
    }

    /// A line for each part of an answer.
    public func lines(_ parts: some Sequence<ControlPart>) -> [UInt8] {
        var lines: [UInt8] = []
        for part in parts {
            if case .job(let job) = part {
                lines += "{\"job\":".utf8
                job.append(to: &lines)
                lines += "}\n".utf8
            } else {
                let field = part.field
                lines += write([field.name: field.json])
            }
        }
        return lines
    }

    private var mark: [String: JSONValue] { ["crond": .number(Int64(Self.number)), "version": .text(version)] }

    private func write(_ fields: [String: JSONValue]) -> [UInt8] { JSONValue.object(fields).bytes + [UInt8(ascii: "\n")] }

    // MARK: Reading

    /// What a service is asked; refuses what is not this protocol, naming both versions.
    public func request(_ line: [UInt8]) throws(ControlRefusal) -> ControlRequest {
        let fields = try Self.fields(line, "the request")
        guard let number = fields.protocolNumber else {
            throw ControlRefusal(
                """
                the request is in the form of an older crond, whose control protocol has no number; this service is crond \(version), \
                control protocol \(Self.number): ask with a crond of its version
                """, code: 76)
        }
        guard number == Self.number else {
            throw ControlRefusal(
                """
                the request is from crond \(fields.version), control protocol \(number); this service is crond \(version), control \
                protocol \(Self.number): ask with a crond of its version
                """, code: 76)
        }
        do {
            return try ControlRequest(fields)
        } catch {
            throw ControlRefusal("the request cannot be read: \(error)", code: 76)
        }
    }

    /// The first line of an answer; refuses that of another protocol, naming both versions.
    ///
    /// - Parameter ask: finds out in another way which version a service has that did not say it.
    public func head(_ line: [UInt8], ask: () -> String? = { nil }) throws(ControlRefusal) {
        let fields = try Self.fields(line, "the answer")
        guard fields.protocolNumber != Self.number else { return }
        let theirs = fields.protocolNumber.map { "control protocol \($0)" } ?? "whose control protocol has no number"
        let other = fields.protocolNumber == nil ? ask() : nil
        throw ControlRefusal(
            """
            the service is crond \(other ?? fields.version), \(theirs); this is crond \(version), control protocol \(Self.number): start \
            the service again with this version, or ask with a crond of its own
            """, code: 76)
    }

    /// A line of an answer.
    public func line(_ line: [UInt8]) throws(ControlRefusal) -> Line {
        let fields = try Self.fields(line, "the answer")
        do {
            if let message: String = try fields.optional("error") {
                return .refusal(ControlRefusal(message, code: try fields.optional("code") ?? 69))
            }
            if fields.has("answer") { return .head }
            return try ControlPart(fields).map(Line.part) ?? .other
        } catch {
            throw ControlRefusal("the answer cannot be read: \(error)", code: 76)
        }
    }

    private static func fields(_ line: [UInt8], _ what: String) throws(ControlRefusal) -> JSONFields {
        do {
            return try JSONFields(try JSONReader.read(line))
        } catch {
            throw ControlRefusal("\(what) is no JSON object on a line: \(error)", code: 76)
        }
    }
}

extension JSONFields {
    /// `nil` where there is none, as before there were numbers.
    fileprivate var protocolNumber: Int? { (try? optional("crond")) ?? nil }
    fileprivate var version: String { (try? value("version")) ?? "of another version" }
}
