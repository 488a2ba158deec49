internal import CronExpressions

/// The lasting name of a job; its state (watermark, pause, counters) belongs to it.
///
/// Either the user's (`# crond: name=nightly-backup`) or the legacy service's: `crondServiceTask-` and sixteen digits of a hash of the line. The
/// derived form is kept as eight bytes, because a table of 100,000 lines has 100,000 of them. Identical lines get `-2`, `-3`.
public struct JobID: Hashable, Sendable {
    private enum Form: Hashable, Sendable {
        case named(String)
        case derived(UInt64, copy: UInt32)
    }

    private var form: Form
    private static let prefix = "crondServiceTask-"

    /// The legacy service's id: `hash` is the number that its sixteen hexadecimal digits spell.
    public init(derivedFrom hash: UInt64, copy: Int = 1) { form = .derived(hash, copy: UInt32(clamping: copy)) }

    /// Reads the text form; every text is an id, and equal texts are equal ids.
    public init(_ text: String) {
        form = Self.derivedForm(text) ?? .named(text)
    }

    /// The id of the `n`-th identical line.
    public func copy(_ n: Int) -> JobID {
        switch form {
        case .named(let name): JobID("\(name)-\(n)")
        case .derived(let hash, _): JobID(derivedFrom: hash, copy: n)
        }
    }

    /// Whether it is of a line that stands further above, too.
    public var isCopy: Bool {
        if case .derived(_, let copy) = form { copy > 1 } else { false }
    }

    /// The id of the job's state on one host, for a job that runs on every host: `nightly@web-0`.
    public func on(host: String) -> JobID { JobID("\(self)@\(host)") }

    /// The id without a host.
    public var withoutHost: JobID {
        guard case .named(let name) = form, let mark = name.utf8.firstIndex(of: UInt8(ascii: "@")) else { return self }
        return JobID(String(name[..<mark]))
    }

    /// The host whose state it is; `nil` for the job's only state.
    public var host: String? {
        guard case .named(let name) = form, let mark = name.utf8.firstIndex(of: UInt8(ascii: "@")) else { return nil }
        return String(name[name.index(after: mark)...])
    }

    /// What a derived id is made of; nil for a name.
    public var derived: (hash: UInt64, copy: UInt32)? {
        guard case .derived(let hash, let copy) = form else { return nil }
        return (hash, copy)
    }

    private static func derivedForm(_ text: String) -> Form? {
        guard text.hasPrefix(prefix) else { return nil }
        let rest = text.utf8.dropFirst(prefix.utf8.count)
        let digits = rest.prefix(16), tail = rest.dropFirst(16)
        guard digits.count == 16, digits.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
            let hash = UInt64(Substring(digits), radix: 16)
        else { return nil }
        if tail.isEmpty { return .derived(hash, copy: 1) }
        guard tail.first == UInt8(ascii: "-"), tail.dropFirst().first != UInt8(ascii: "0"),
            tail.dropFirst().allSatisfy({ (48...57).contains($0) }),
            let copy = UInt32(Substring(tail.dropFirst())), copy > 1
        else { return nil }
        return .derived(hash, copy: copy)
    }
}

extension JobID: CustomStringConvertible {
    public var description: String {
        switch form {
        case .named(let name): return name
        case .derived(let hash, let copy):
            let digits = String(hash, radix: 16)
            let id = Self.prefix + String(repeating: "0", count: 16 - digits.count) + digits
            return copy > 1 ? "\(id)-\(copy)" : id
        }
    }
}

extension JobID {
    private static let hashedPrefix: FNV1a = {
        var hash = FNV1a()
        hash.add(prefix)
        return hash
    }()

    /// A hash of the text form, without making it.
    var textHash: FNV1a {
        guard case .derived(let digits, copy: 1) = form else {
            var hash = FNV1a()
            hash.add(description)
            return hash
        }
        var hash = Self.hashedPrefix
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: digits >> UInt64(shift)) & 15
            hash.add(digit < 10 ? 48 + digit : 87 + digit)
        }
        return hash
    }
}

extension JobID: ExpressibleByStringLiteral {
    public init(stringLiteral text: String) { self.init(text) }
}

extension JobID: Comparable {
    /// By the bytes of the text form.
    public static func < (a: JobID, b: JobID) -> Bool {
        // Sixteen digits each: as texts they are in the order of their numbers.
        if case (.derived(let first, _), .derived(let second, _)) = (a.form, b.form), first != second { return first < second }
        return a.description < b.description
    }
}
