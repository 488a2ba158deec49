internal import CronExpressions

// A value for each field of each job of a large table costs more than all else that is done for a list of them. What comes in such numbers says its
// fields once, in the order of their names, to a sink: one makes a value of them, the other writes their text at once.

/// Takes the fields of an object; those without a value are left out.
protocol JSONFieldSink {
    mutating func field(_ name: StaticString, _ text: String?)
    mutating func field(_ name: StaticString, _ number: Int64?)
    mutating func field(_ name: StaticString, texts: [String])
    mutating func field(_ name: StaticString, object: (some JSONWritten)?)
}

/// Says its fields, in the order of their names.
protocol JSONWritten: JSONCoded {
    func write(to sink: inout some JSONFieldSink)
}

extension JSONWritten {
    public var json: JSONValue {
        var sink = JSONObjectSink()
        write(to: &sink)
        return .object(sink.object)
    }

    /// The same as `json.bytes`, at once.
    func append(to bytes: inout [UInt8]) {
        var sink = JSONTextSink(bytes: bytes)
        bytes = []
        sink.begin(self)
        bytes = sink.bytes
    }
}

private struct JSONObjectSink: JSONFieldSink {
    var object: [String: JSONValue] = [:]

    mutating func field(_ name: StaticString, _ text: String?) { if let text { object["\(name)"] = .text(text) } }
    mutating func field(_ name: StaticString, _ number: Int64?) { if let number { object["\(name)"] = .number(number) } }
    mutating func field(_ name: StaticString, texts: [String]) { object["\(name)"] = .list(texts.map { .text($0) }) }
    mutating func field(_ name: StaticString, object value: (some JSONWritten)?) { if let value { object["\(name)"] = value.json } }
}

private struct JSONTextSink: JSONFieldSink {
    var bytes: [UInt8]
    private var isFirst = true

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func begin(_ value: some JSONWritten) {
        let outer = isFirst
        isFirst = true
        bytes.append(UInt8(ascii: "{"))
        value.write(to: &self)
        bytes.append(UInt8(ascii: "}"))
        isFirst = outer
    }

    private mutating func begin(_ name: StaticString) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount))
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func field(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        begin(name)
        JSONValue.append(text, to: &bytes)
    }

    mutating func field(_ name: StaticString, _ number: Int64?) {
        guard let number else { return }
        begin(name)
        bytes.append(contentsOf: String(number).utf8)
    }

    mutating func field(_ name: StaticString, texts: [String]) {
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            JSONValue.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func field(_ name: StaticString, object value: (some JSONWritten)?) {
        guard let value else { return }
        begin(name)
        begin(value)
    }
}
