/// The first version's baseline: the hash of the whole table that a start found, and the identities of files that services left. Only read.
///
/// Its form: a line `hash identity`, then an identity on each further line; an identity is `device:inode:size:modified` of each file, joined
/// by commas.
struct EarlierBaseline {
    var hash: String
    private var identities: Set<String>

    init(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ", maxSplits: 1)
        hash = words.first.map(String.init) ?? ""
        identities = Set(words.dropFirst().map(String.init) + lines.dropFirst().filter { !$0.isEmpty }.map(String.init))
    }

    /// Whether these are the very files that a service left.
    func isLeft(_ stamps: [TableSnapshot.Stamp]) -> Bool {
        !stamps.isEmpty
            && identities.contains(stamps.map { "\($0.device):\($0.inode):\($0.size):\($0.modified)" }.joined(separator: ","))
    }
}
