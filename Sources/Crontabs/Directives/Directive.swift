internal import CronExpressions

// A key of a `# crond:` line, in one value: how it is spelt, what it takes, what it sets and what holds without it. The parser, `crond check` and the
// manual's table have nothing of their own to say about a key, and a test compares the manual's table with these values. So a new key is a value like
// those in Directive+….swift, and one line in `all`.

/// A key that a `# crond: key=value` line above an entry can set.
public struct Directive: Sendable {
    /// What holds where the key does not stand.
    public enum Default: Hashable, Sendable {
        /// As if the key stood there with this value.
        case value(String)
        /// In words.
        case words(String)
    }

    public let key: String
    /// What it takes, in Markdown: “`allow` or `skip`”.
    public let form: String
    /// What it is for, in Markdown.
    public let meaning: String
    public let standard: Default
    let take: @Sendable (_ value: String, _ directives: inout Directives, _ zones: inout ZoneLookup) -> Refusal?
    let complete: @Sendable (String) -> String?

    /// Why a value is not taken.
    enum Refusal {
        /// It is none that the key has.
        case notAValue
        case because(String, suggestion: String? = nil)
    }

    init(
        _ key: String, takes form: String, meaning: String, otherwise standard: Default,
        complete: @escaping @Sendable (String) -> String? = { _ in nil },
        take: @escaping @Sendable (_ value: String, _ directives: inout Directives, _ zones: inout ZoneLookup) -> Refusal?
    ) {
        self.key = key
        self.form = form
        self.meaning = meaning
        self.standard = standard
        self.take = take
        self.complete = complete
    }

    /// A key that sets one thing.
    init<Value>(
        _ key: String, sets path: any WritableKeyPath<Directives, Value> & Sendable, to form: ValueForm<Value>, meaning: String,
        otherwise standard: Default
    ) {
        self.init(key, takes: form.text, meaning: meaning, otherwise: standard, complete: form.complete) { value, directives, _ in
            guard let found = form.read(value) else { return .notAValue }
            directives[keyPath: path] = found
            return nil
        }
    }

    /// All keys that this version honours, in the manual's order.
    public static let all: [Directive] = [
        .name, .tz, .every, .after, .until, .jitter, .overlap, .maxRunning, .loadGate, .grace, .catchUp, .attempts, .backoff, .timeout,
        .killAfter, .successCodes, .linger, .onStop, .host, .storeDown, .log, .logKeep, .cwd, .umask, .exec, .nice, .limitMemory, .limitCPU,
        .limitAddressSpace, .limitCPUTime, .limitFiles, .noNewPrivileges, .via, .pool, .ack, .publish, .exchange, .key, .notify, .lateAfter,
        .onFailure, .ping, .mailOn, .dialect,
    ]

    private static let byKey = Dictionary(all.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })

    static func named(_ key: String) -> Directive? { byKey[key] }

    static func isKnown(_ key: String) -> Bool { byKey[key] != nil }

    /// The known key that a misspelt one was probably meant to be.
    static func nearest(to key: String) -> String? { Spelling.nearest(to: key, among: all.map(\.key)).first }

    /// What it takes, without Markdown.
    var plainForm: String { form.filter { $0 != "`" } }
}
