/// Sizes as directives and settings write them: `64M`, `2g`, `512KiB`, or a plain number of bytes. Units are powers of 1024.
public enum SizeText {
    public static func read(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40]
        var rest = text.uppercased()[...]
        if let name = ["IB", "B"].first(where: rest.hasSuffix) { rest = rest.dropLast(name.count) }
        let unit = rest.last.flatMap { units[$0] }
        let digits = unit == nil ? text[...] : rest.dropLast()
        guard !digits.isEmpty, digits.utf8.allSatisfy(\.isDigit), let number = Int64(digits) else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow || bytes > 1 << 50 ? nil : bytes
    }
}
