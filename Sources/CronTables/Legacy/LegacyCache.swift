internal import FoundationEssentials

// The legacy service's cache, `crond-service-cronjob-cache`: the table as a JSON list of `[m, h, dom, mon, dow, user, command]`.
//
//   cache ──read──▶ rows ──▶ crontab text      once, where no revision exists
//   table ──▶ rows ──write──▶ cache            after every change
//
// Both directions treat the other side as foreign input: a row that is no entry is kept as a comment, an entry whose print would mean
// something else is left out by name. docs/legacy-data.md has the rules of the print.

/// The rows of the legacy service's cache.
struct LegacyCache: Hashable {
    /// Seven texts each.
    var rows: [[String]] = []

    init(rows: [[String]] = []) { self.rows = rows }

    /// Reads what the legacy service wrote; `nil` if it is no list of lists. Values that are no text are taken as their text, as Python prints them.
    init?(json: [UInt8]) {
        guard let cells = try? JSONDecoder().decode([[Cell]].self, from: Data(json)) else { return nil }
        rows = cells.map { $0.map(\.text) }
    }

    /// The form of Python's `json.dumps`: what the legacy service reads with `json.loads`.
    var json: [UInt8] {
        var text = "["
        for (number, row) in rows.enumerated() {
            text += number == 0 ? "[" : ", ["
            text += row.map(Self.quoted).joined(separator: ", ") + "]"
        }
        return Array((text + "]").utf8)
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for unit in text.utf16 {
            switch unit {
            case 0x22: quoted += "\\\""
            case 0x5C: quoted += "\\\\"
            case 0x20...0x7E: quoted.unicodeScalars.append(Unicode.Scalar(UInt8(truncatingIfNeeded: unit)))
            default:
                let digits = String(unit, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return quoted + "\""
    }

    /// A value of a row: mostly a text, sometimes a number or null from other writers.
    private enum Cell: Decodable {
        case text(String)
        case number(Int)
        case null

        init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if value.decodeNil() {
                self = .null
            } else if let number = try? value.decode(Int.self) {
                self = .number(number)
            } else {
                self = .text(try value.decode(String.self))
            }
        }

        var text: String {
            switch self {
            case .text(let text): text
            case .number(let number): "\(number)"
            case .null: ""
            }
        }
    }
}
