internal import LinuxEvents

// `host:boot:life`, each node's own. The life says which process it is, in which namespace of process numbers, and ends with a random number: no two
// ever have the same name, also within one process. Earlier versions had the random number only.

/// What a node is called in the store, where colons stand between its parts.
struct NodeName {
    var host: String
    var boot: String
    var life: String

    /// A new node of this process.
    static func new(host: String) -> String {
        let number = String(UInt64.random(in: .min ... .max), radix: 16)
        let life = ProcessLife.own.map { "\($0).\(number)" } ?? number
        return RowText.encoded("\(host):\(BootID.current.prefix(8)):\(life)")
    }

    init?(_ word: String) {
        let parts = RowText.decoded(word).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3 else { return nil }
        host = parts.dropLast(2).joined(separator: ":")
        (boot, life) = (String(parts[parts.count - 2]), String(parts[parts.count - 1]))
    }

    /// Whether its process is gone for certain: one of this host and boot, in the same namespace of process numbers as a node of ours.
    func isDead(as own: String) -> Bool {
        guard let own = NodeName(own), (own.host, own.boot) == (host, boot), life.split(separator: ".").count == 4 else { return false }
        let words = life.split(separator: ".").dropLast().joined(separator: ".")
        return ProcessLife(words)?.isOver ?? false
    }
}
