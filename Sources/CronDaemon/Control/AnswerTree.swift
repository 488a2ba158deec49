internal import CronExpressions
internal import FoundationEssentials

// Whoever listens on a socket may be somebody else, and a store's error may hold anything: what a verb shows of an answer must neither move
// a terminal's cursor nor forge another line. Every text of an answer is gone through, those of fields to come included.

extension ControlResponse {
    /// The same answer with every text in sight, to be shown to people. As JSON the answer is printed as it came: `JSONText` escapes.
    public var visible: ControlResponse {
        guard let data = try? JSONEncoder().encode(self), let tree = try? JSONDecoder().decode(AnswerTree.self, from: data),
            let shown = try? JSONEncoder().encode(tree.visible)
        else { return ControlResponse(error: "the answer cannot be shown") }
        return (try? JSONDecoder().decode(ControlResponse.self, from: shown)) ?? ControlResponse(error: "the answer cannot be shown")
    }
}

/// Any JSON that an answer consists of.
private indirect enum AnswerTree: Codable {
    case nothing
    case flag(Bool)
    case number(Int64)
    case text(String)
    case list([AnswerTree])
    case object([String: AnswerTree])

    init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .nothing
        } else if let flag = try? value.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .number(number)
        } else if let text = try? value.decode(String.self) {
            self = .text(text)
        } else if let list = try? value.decode([AnswerTree].self) {
            self = .list(list)
        } else {
            self = .object(try value.decode([String: AnswerTree].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var value = encoder.singleValueContainer()
        switch self {
        case .nothing: try value.encodeNil()
        case .flag(let flag): try value.encode(flag)
        case .number(let number): try value.encode(number)
        case .text(let text): try value.encode(text)
        case .list(let list): try value.encode(list)
        case .object(let object): try value.encode(object)
        }
    }

    var visible: AnswerTree {
        switch self {
        case .nothing, .flag, .number: self
        case .text(let text): .text(VisibleText.shown(text))
        case .list(let list): .list(list.map(\.visible))
        case .object(let object): .object(object.mapValues(\.visible))
        }
    }
}
