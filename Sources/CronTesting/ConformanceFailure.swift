/// A sentence of a contract that an implementation broke.
public struct ConformanceFailure: Error, CustomStringConvertible {
    public var file: String
    public var line: Int
    public var text: String

    public var description: String { "\(file):\(line): \(text)" }
}

func expect(_ condition: Bool, _ text: String, file: String = #fileID, line: Int = #line) throws {
    if !condition { throw ConformanceFailure(file: file, line: line, text: text) }
}

func expectEqual<T: Equatable>(_ found: T, _ wanted: T, _ text: String, file: String = #fileID, line: Int = #line) throws {
    try expect(found == wanted, "\(text): \(found), not \(wanted)", file: file, line: line)
}

func unwrap<T>(_ value: T?, _ text: String, file: String = #fileID, line: Int = #line) throws -> T {
    guard let value else { throw ConformanceFailure(file: file, line: line, text: text) }
    return value
}
