/// What `--body` says.
enum MessageBody {
    /// Of the text itself. However much of it JSON escapes, and again where it lies in a store, it fits into a request's line and a store's row: a
    /// control character has seven bytes there.
    static let mostBytes = 24 << 10

    /// The text itself, or the content of the file behind an `@`; `@-` is standard input. Leaves where it cannot be had.
    static func content(_ given: String?) -> String {
        guard let given else { return "" }
        let bytes = given.hasPrefix("@") ? Output.contents(of: String(given.dropFirst())) : Array(given.utf8)
        guard bytes.count <= mostBytes else {
            Output.fail(65, "the body has \(bytes.count) bytes, and at most \(mostBytes) are possible: send where it can be fetched from")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { Output.fail(65, "the body is not UTF-8 text") }
        return text
    }
}
