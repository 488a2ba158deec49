internal import CronJobs

/// What a revision has beside its row and its files' bytes: who published it, and each file's attributes. Versions before it wrote none.
struct RevisionDetails {
    var host: String?
    var author: String?
    private var attributes: [String] = []

    init(_ revision: Revision, _ files: [TableFile]) {
        host = revision.host
        author = revision.author
        attributes = files.map { $0.attributes?.text ?? "-" }
    }

    /// Reads the stored text; what is none, or of another form, says nothing.
    init(_ text: String?) {
        let lines = (text ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let words = lines[0].split(separator: " ").map(String.init)
        guard words.count == 2 else { return }
        host = words[0] == "-" ? nil : RowText.decoded(words[0])
        author = words[1] == "-" ? nil : RowText.decoded(words[1])
        attributes = Array(lines.dropFirst())
    }

    var text: String {
        let words = [host, author].map { $0.map(RowText.encoded) ?? "-" }
        return ([words.joined(separator: " ")] + attributes).joined(separator: "\n")
    }

    func attributes(of file: Int) -> FileAttributes? { attributes.indices.contains(file) ? FileAttributes(attributes[file]) : nil }
}
