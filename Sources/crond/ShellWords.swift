/// Words for a POSIX shell, so that it takes each for what it is.
enum ShellWords {
    /// In the first place they would mean something even without a sign in them.
    private static let reserved: Set<String> = [
        "if", "then", "else", "elif", "fi", "do", "done", "case", "esac", "while", "until", "for", "in", "function", "select", "time",
        "coproc",
    ]

    static func quoted(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || "_-./:,+@%".utf8.contains($0)
        }
        // In single quotes nothing has a meaning but the quote itself.
        if isPlain, !word.isEmpty, !reserved.contains(word) { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
