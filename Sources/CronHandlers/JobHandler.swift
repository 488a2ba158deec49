internal import FoundationEssentials

/// What a program does when a job is due, by a name that outlives the program's restarts.
///
/// A stored job has the handler's name, the version of its parameters' form, and the parameters. So a handler may be renamed as a type, but keeps
/// its `name`; and a program that changes the form of its parameters counts `schemaVersion` up and says how older ones are read:
///
/// ```swift
/// struct SendReport: JobHandler {
///     static let name = "send-report"
///     struct Parameters: Codable, Sendable { var recipient: String }
///     let mailer: Mailer
///
///     func run(_ parameters: Parameters, in context: RunContext) async throws {
///         try await mailer.send(report(of: context.scheduledAt), to: parameters.recipient)
///     }
/// }
/// ```
///
/// A run that is to end is cancelled as any task is: `Task.isCancelled` becomes true, and what it awaits throws. What `run` throws is the run's
/// failure.
public protocol JobHandler: Sendable {
    associatedtype Parameters: Codable & Sendable = NoParameters

    /// By which stored jobs name it.
    static var name: String { get }

    /// The version of the form in which it writes parameters.
    static var schemaVersion: Int { get }

    /// The oldest version that it still reads, by `migrate`.
    static var oldestSchemaVersion: Int { get }

    /// Reads parameters of an older version.
    static func migrate(_ stored: StoredParameters) throws -> Parameters

    func run(_ parameters: Parameters, in context: RunContext) async throws
}

extension JobHandler {
    public static var schemaVersion: Int { 1 }
    public static var oldestSchemaVersion: Int { schemaVersion }
    public static func migrate(_ stored: StoredParameters) throws -> Parameters { try stored.decode(Parameters.self) }
}

/// For handlers that take none.
public struct NoParameters: Codable, Hashable, Sendable {
    public init() {}
}

/// Parameters as an earlier version of the program stored them.
public struct StoredParameters: Hashable, Sendable {
    /// The handler's `schemaVersion` then.
    public let version: Int
    /// JSON.
    public let bytes: [UInt8]

    public init(version: Int, bytes: [UInt8]) {
        self.version = version
        self.bytes = bytes
    }

    /// - Throws: `ParameterFault`.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try ParameterCoding.value(type, from: bytes) }
}

/// Why parameters could not be written or read.
public struct ParameterFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Parameters as bytes: JSON, the names in order, so that equal parameters are equal bytes.
public enum ParameterCoding {
    public static func bytes(of value: some Encodable) throws(ParameterFault) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw ParameterFault("\(type(of: value)) cannot be written as JSON: \(error)")
        }
    }

    public static func value<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(ParameterFault) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw ParameterFault("the stored parameters are no \(type): \(error)")
        }
    }
}
