internal import CronExpressions

/// What the value of `a~b` is drawn from. The same source draws the same value.
public enum DrawSource: Hashable, Sendable {
    /// The host and the line's text: where nothing outlives the process.
    case host(String)
    /// A seed and the job: its name, else the id that follows from its line.
    case seed(String)

    private static let hostMark = "host:"

    /// What cronie draws once for a daemon, for all tables and lines: so many whole minutes, less than `limit`.
    func delay(below limit: Int) -> Int {
        var hash = FNV1a()
        hash.add("RANDOM_DELAY " + text)
        // The last bytes of a text move FNV's upper bits little.
        let drawn = (hash.value ^ (hash.value >> 32)) &* 0x9E37_79B9_7F4A_7C15
        return Int(drawn.multipliedFullWidth(by: UInt64(max(0, limit))).high)
    }

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
