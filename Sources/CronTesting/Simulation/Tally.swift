/// How often each fault hit what.
public struct Tally: Sendable {
    public private(set) var counts: [String: [String: Int]] = [:]

    public init() {}

    mutating func count(_ fault: Fault) { counts[fault.name, default: [:]][fault.trap?.point.rawValue ?? "", default: 0] += 1 }

    public static func += (sum: inout Tally, other: Tally) {
        for (name, points) in other.counts { sum.counts[name, default: [:]].merge(points, uniquingKeysWith: +) }
    }

    public var total: Int { counts.values.reduce(0) { $0 + $1.values.reduce(0, +) } }
}

extension Tally: CustomStringConvertible {
    /// A line for each fault, with the points that it hit.
    public var description: String {
        counts.sorted { $0.key < $1.key }.map { name, points in
            let parts = points.sorted { $0.key < $1.key }.map { $0.key.isEmpty ? "\($0.value)" : "\($0.key) \($0.value)" }
            return "  \(name): \(parts.joined(separator: ", "))"
        }.joined(separator: "\n")
    }
}
