/// Which exit codes of a command are a success.
public struct ExitCodes: Hashable, Sendable {
    /// As the shell means it: 0.
    public static let zero = ExitCodes([0])

    /// Sorted, each once.
    public let codes: [UInt8]

    public init(_ codes: some Sequence<UInt8>) { self.codes = Set(codes).sorted() }

    /// Codes above 255 are none of them.
    public func contains(_ code: Int32) -> Bool { codes.contains { Int32($0) == code } }
}
