/// What the value of `a~b` is drawn from. The same source draws the same value.
public enum DrawSource: Hashable, Sendable {
    /// The host and the line's text: where nothing outlives the process.
    case host(String)
    /// A seed and the job: its name, else the id that follows from its line.
    case seed(String)

    private static let hostMark = "host:"

    /// From a seed's text; `host:NAME` draws as a host of that name does without a seed.
    public init(_ text: String) {
        self = text.hasPrefix(Self.hostMark) ? .host(String(text.dropFirst(Self.hostMark.count))) : .seed(text)
    }

    /// The text of a seed that draws so.
    public var text: String {
        switch self {
        case .host(let name): Self.hostMark + name
        case .seed(let text): text
        }
    }
}
