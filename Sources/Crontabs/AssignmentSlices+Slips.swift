internal import CronExpressions

// Slips of an assignment by itself: what a shell would read otherwise, and no program can use.

extension AssignmentSlices {
    /// A name that was meant as something else: `$T=x`, `T+=x`, `T:=x`, `-T=x`, and one with a blank that does not look like one.
    func nameSlip(_ bytes: UnsafeBufferPointer<UInt8>) -> LineFault? {
        guard let first = bytes[name].first, let last = bytes[name].last else { return nil }
        let text = bytes.text(name)
        if let blank = VisibleText.strangeBlank(in: text) {
            return LineFault("\(blank) is part of the name of this variable", at: name, expected: "NAME=value")
        }
        let isShells = first == UInt8(ascii: "$") || first == UInt8(ascii: "-") || last == UInt8(ascii: "+") || last == UInt8(ascii: ":")
        guard isShells else { return nil }
        return LineFault(
            "the variable is named “\(text.prefix(40))”: this is no shell, and nothing but NAME=value is known here", at: name,
            expected: "NAME=value")
    }

    /// A shell that no command can be started with.
    func shellSlip(_ value: String, _ machine: Crontab.Machine?) -> LineFault? {
        let isPath = value.hasPrefix("/")
        guard !isPath || machine?.isProgram(value) == false else { return nil }
        let why = value.isEmpty ? "it is empty" : isPath ? "there is no program \(value.prefix(100))" : "a shell is named by its whole path"
        return LineFault(
            "no command below can be started: \(why)", at: value.isEmpty ? name : self.value, expected: "SHELL=/bin/sh or another")
    }

    /// `T=prod; export T` in one value.
    func exportSlip(_ value: String) -> LineFault? {
        guard value.split(separator: ";").dropFirst().contains(where: { $0.trimmingBlanks.hasPrefix("export ") }) else { return nil }
        return LineFault(
            "“export” is part of the value: each assignment reaches all commands below it", at: self.value, expected: "NAME=value alone")
    }
}

extension Substring {
    fileprivate var trimmingBlanks: Substring { drop { $0 == " " || $0 == "\t" } }
}

extension TableParser {
    /// `export NAME=value`.
    func exportFault(_ text: Range<Int>) -> LineFault? {
        guard bytes.hasPrefix("export", at: text.lowerBound, text.upperBound) else { return nil }
        let rest = bytes.skipBlanks(text.lowerBound + 6, text.upperBound)..<text.upperBound
        guard rest.lowerBound > text.lowerBound + 6, case .assignment = AssignmentSlices.read(bytes, rest) else { return nil }
        return LineFault(
            "“export” is a word of shells: here an assignment reaches all commands below it", at: text.lowerBound..<text.lowerBound + 6,
            expected: "NAME=value", suggestion: bytes.text(rest.prefix(200)))
    }
}
