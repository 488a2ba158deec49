// What a host's services found in the table's files, and what they left there. One such text is kept for each host, and one for the newest
// deployment, of which only the bases are read.
//
//      base      what a start found that no service had left: the image's
//      unknown   files of which there is no base: deleted by name while a service ran, or on a mount of their own
//      left      the very files as services left them; a start that finds one of them says nothing about the image. Several containers may
//                share a host's name, each with files of its own. With another image they are forgotten: it may be a roll-back to one of them
//      seen      drop-in files that were there, in which folder: one that is gone from the same folder was removed
//      once      jobs that only a mixture of two tables has twice; they run once

/// The bases of a table's files, as far as one start knew them.
public struct TableBase: Hashable, Sendable {
    /// Path to the hash of the image's bytes; an empty text for an empty file.
    public var files: [String: String] = [:]
    public var unknown: Set<String> = []
    /// The latest first.
    public var left: [String: [FileIdentity]] = [:]
    public var seen: Set<String> = []
    public var folders: [String: FolderIdentity] = [:]
    public var once: Set<String> = []

    public init() {}

    /// What the image held at a path.
    public func base(of path: String) -> FileFacts.Base {
        if unknown.contains(path) { return .unknown }
        guard let hash = files[path] else { return .known(.absent) }
        return .known(hash.isEmpty ? .empty : .bytes(hash))
    }

    /// Enters what the image held at a path.
    public mutating func setBase(_ base: FileFacts.Base, of path: String) {
        files[path] = nil
        unknown.remove(path)
        switch base {
        case .unknown: unknown.insert(path)
        case .known(.absent): break
        case .known(.empty): files[path] = ""
        case .known(.bytes(let hash)): files[path] = hash
        }
    }

    /// Whether it is the very file that a service left there.
    ///
    /// - Parameter holdsNewest: whether it holds what the newest revision does. Then its mode, owner or times may have been changed since: that is no
    ///   other file.
    public func isLeft(_ path: String, _ identity: FileIdentity?, holdsNewest: Bool = false) -> Bool {
        guard let identity, let left = left[path] else { return false }
        return left.contains(identity) || holdsNewest && left.contains { $0.inode == identity.inode && $0.size == identity.size }
    }

    /// Enters a file as a service leaves it, in place of how it left it before.
    public mutating func leave(_ path: String, _ identity: FileIdentity, insteadOf earlier: FileIdentity?) {
        let others = left[path, default: []].filter { $0 != identity && $0 != earlier }
        left[path] = Array(([identity] + others).prefix(Self.mostLeft))
    }

    /// Whether a service saw the drop-in file in the folder that is there now.
    public func saw(_ path: String, in folder: String, _ identity: FolderIdentity?) -> Bool {
        guard let identity else { return false }
        return seen.contains(path) && folders[folder] == identity
    }
}

extension TableBase {
    private static let version = "bases 1"
    private static let mostLeft = 16

    /// The stored form, a line each: a word that says what, a value, the path.
    public var text: String {
        var lines = [Self.version]
        func add(_ word: String, _ items: [(value: String, path: String)]) {
            lines += items.map { "\(word) \($0.value) \(Self.escaped($0.path))" }.sorted()
        }
        add("base", files.map { ($0.value.isEmpty ? "-" : $0.value, $0.key) })
        add("unknown", unknown.map { ("-", $0) })
        for (path, identities) in left.sorted(by: { $0.key < $1.key }) {
            lines += identities.map { "left \($0.text) \(Self.escaped(path))" }
        }
        add("seen", seen.map { ("-", $0) })
        add("folder", folders.map { ($0.value.text, $0.key) })
        add("once", once.map { ("-", $0) })
        return lines.joined(separator: "\n")
    }

    /// `nil` for a text of another form, such as a later version's: better no base than a wrong one.
    public init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first.map(String.init) == Self.version else { return nil }
        for line in lines.dropFirst() {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3 else { return nil }
            let path = Self.plain(words[2])
            switch words[0] {
            case "base": files[path] = words[1] == "-" ? "" : String(words[1])
            case "unknown": unknown.insert(path)
            case "left": if let identity = FileIdentity(words[1]) { left[path, default: []].append(identity) }
            case "seen": seen.insert(path)
            case "folder": folders[path] = FolderIdentity(words[1])
            case "once": once.insert(path)
            default: return nil
            }
        }
    }

    private static func escaped(_ path: String) -> String {
        guard path.contains("\\") || path.contains("\n") else { return path }
        return path.map { $0 == "\\" ? "\\\\" : $0 == "\n" ? "\\n" : String($0) }.joined()
    }

    private static func plain(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var plain = "", isEscaped = false
        for character in text {
            if isEscaped {
                plain.append(character == "n" ? "\n" : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                plain.append(character)
            }
        }
        return plain
    }
}
