public import CronJobs

/// The handlers of a program, by name; made before its scheduler starts.
///
/// ```swift
/// let scheduler = Scheduler(handlers: [SendReport(mailer: mailer)])
/// ```
///
/// or, where a type would be too much:
///
/// ```swift
/// var handlers: Handlers = [SendReport(mailer: mailer)]
/// handlers.add("purge") { (table: String, context) in try await database.purge(table) }
/// ```
public struct Handlers: Sendable, ExpressibleByArrayLiteral {
    /// What a run does, its parameters read.
    public typealias Body = @Sendable (RunContext) async throws -> Void

    private struct Entry: Sendable {
        var versions: ClosedRange<Int>
        var body: @Sendable (HandlerCall) throws(ParameterFault) -> Body
    }

    private var entries: [String: Entry] = [:]
    /// Names that were added more than once.
    public private(set) var repeatedNames: Set<String> = []

    public init(_ handlers: [any JobHandler] = []) { for handler in handlers { add(handler) } }

    public init(arrayLiteral elements: any JobHandler...) { self.init(elements) }

    public mutating func add<Handler: JobHandler>(_ handler: Handler) {
        let current = Handler.schemaVersion
        enter(Handler.name, min(Handler.oldestSchemaVersion, current)...current) { call throws(ParameterFault) in
            let parameters = try Self.parameters(of: call, for: Handler.self)
            return { context in try await handler.run(parameters, in: context) }
        }
    }

    /// A handler without a type of its own. Parameters of another version are not read.
    public mutating func add<Parameters: Codable & Sendable>(
        _ name: String, version: Int = 1, run: @escaping @Sendable (Parameters, RunContext) async throws -> Void
    ) {
        enter(name, version...version) { call throws(ParameterFault) in
            let parameters = try ParameterCoding.value(Parameters.self, from: call.input)
            return { context in try await run(parameters, context) }
        }
    }

    /// A handler without parameters.
    public mutating func add(_ name: String, run: @escaping Body) {
        add(name) { (_: NoParameters, context) in try await run(context) }
    }

    private mutating func enter(
        _ name: String, _ versions: ClosedRange<Int>, _ body: @escaping @Sendable (HandlerCall) throws(ParameterFault) -> Body
    ) {
        if entries.updateValue(Entry(versions: versions, body: body), forKey: name) != nil { repeatedNames.insert(name) }
    }

    private static func parameters<Handler: JobHandler>(
        of call: HandlerCall, for handler: Handler.Type
    ) throws(ParameterFault) -> Handler.Parameters {
        if call.schemaVersion == Handler.schemaVersion { return try ParameterCoding.value(Handler.Parameters.self, from: call.input) }
        do {
            return try Handler.migrate(StoredParameters(version: call.schemaVersion, bytes: call.input))
        } catch {
            throw ParameterFault("parameters of version \(call.schemaVersion) cannot be read by \(Handler.name): \(error)")
        }
    }

    /// The names, in order.
    public var names: [String] { entries.keys.sorted() }

    /// The newest version that a handler writes; `nil` where there is no such handler.
    public func schemaVersion(of name: String) -> Int? { entries[name]?.versions.upperBound }

    /// Whether there is a handler of that name that reads parameters of that version.
    public func supports(_ call: HandlerCall) -> Bool { entries[call.name]?.versions.contains(call.schemaVersion) ?? false }

    /// What a call does; `nil` where there is no handler for it.
    public func body(of call: HandlerCall) throws(ParameterFault) -> Body? {
        guard let entry = entries[call.name], entry.versions.contains(call.schemaVersion) else { return nil }
        return try entry.body(call)
    }
}
