public import CronJobs

/// What `crond doctor` found about one thing.
public struct Finding: Hashable, Sendable {
    public enum Verdict: String, Sendable, CaseIterable {
        case ok
        /// Something to do: the remedy says what.
        case todo
        /// It cannot be looked at from here.
        case unknown
    }

    /// `zones`, `store`: one word.
    public var what: String
    public var verdict: Verdict
    public var text: String
    /// What to do.
    public var remedy: String?

    init(_ what: String, _ verdict: Verdict, _ text: String, remedy: String? = nil) {
        self.what = what
        self.verdict = verdict
        self.text = text
        self.remedy = remedy
    }

    static func ok(_ what: String, _ text: String) -> Finding { Finding(what, .ok, text) }
    static func todo(_ what: String, _ text: String, _ remedy: String) -> Finding { Finding(what, .todo, text, remedy: remedy) }
    static func unknown(_ what: String, _ text: String) -> Finding { Finding(what, .unknown, text) }
}

extension Finding: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        self.init(try fields.value("what"), try fields.word("verdict"), try fields.value("text"), remedy: try fields.optional("remedy"))
    }

    public var json: JSONValue { .fields(["what": what, "verdict": verdict.rawValue, "text": text, "remedy": remedy]) }
}
