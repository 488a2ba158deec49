public import CronJobs

public enum LogLevel: Int, Comparable, Sendable, CaseIterable {
    case debug, info, warning, error

    public init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    public var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    public static func < (a: LogLevel, b: LogLevel) -> Bool { a.rawValue < b.rawValue }
}

/// One line of our log: a constant message, and the data in fields, in the order they were given.
public struct LogRecord: Sendable {
    public enum Value: Sendable {
        case text(String)
        case number(Int64)
        case flag(Bool)
    }

    public struct Field: Sendable {
        public var name: String
        public var value: Value

        public static func text(_ name: String, _ value: String) -> Field { Field(name: name, value: .text(value)) }
        public static func number(_ name: String, _ value: Int64) -> Field { Field(name: name, value: .number(value)) }
        public static func flag(_ name: String, _ value: Bool) -> Field { Field(name: name, value: .flag(value)) }
    }

    public var time: WallTime
    public var level: LogLevel
    public var message: String
    public var fields: [Field]
    /// Lines for people that follow the record in text format, such as a diagnostic with its caret.
    public var detail: String?

    public init(time: WallTime, level: LogLevel, message: String, fields: [Field], detail: String? = nil) {
        self.time = time
        self.level = level
        self.message = message
        self.fields = fields
        self.detail = detail
    }
}

extension LogRecord {
    /// Names of jobs and runs stay as they are, or nobody could tell which is meant.
    mutating func hide(_ mask: SecretMask) {
        for index in fields.indices where !["job", "run", "runs"].contains(fields[index].name) {
            if case .text(let text) = fields[index].value { fields[index].value = .text(mask.masked(text)) }
        }
        detail = detail.map(mask.masked)
    }
}
