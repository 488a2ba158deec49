// Secrets in a stream of bytes, found whatever their number, wherever it is cut, and however hostile it is: an automaton (Aho and Corasick) that
// knows after each byte the longest end of the stream with which a secret begins.
//
//     secrets  abcd, bce      root ─a─▶ a ─b─▶ ab ─c─▶ abc ─d─▶ (abcd)
//                              └───b─▶ b ─c─▶ bc ─e─▶ (bce)           `ab` falls back to `b`, `abc` to `bc`
//
// Each byte that belongs to an occurrence of any secret is masked, also where occurrences overlap: nothing of one is left because another was
// found first. Time is linear in the stream; memory is a few words for each byte of the secrets, and less than one secret for each stream.
//
// A long secret counts as its pieces of 4 KiB, the last of them its end, so that little is held back; one of several lines as its lines, too, because
// programs indent them or print one alone.

/// The values that must not be seen.
public final class SecretMask: Sendable {
    /// Shorter ones are no secrets: they would be found in any text.
    public static let shortest = 6
    /// What stands in the place of secrets.
    public static let sign = "***"
    private static let longestPiece = 4096

    private struct Node {
        var firstChild: Int32 = 0
        var sibling: Int32 = 0
        /// The longest end of what this node stands for that is a beginning, too.
        var fallback: Int32 = 0
        var depth: UInt16 = 0
        /// How long the longest secret is that ends here; 0 for none.
        var found: UInt16 = 0
        var byte: UInt8 = 0
    }

    /// The root is the first.
    private let nodes: [Node]
    /// The root's children by their bytes; 0 for none.
    private let roots: [Int32]

    /// `nil` where none of them is long enough.
    public init?(_ secrets: some Sequence<String>) {
        let pieces = Set(secrets.flatMap { Self.pieces(of: Array($0.utf8)) })
        guard !pieces.isEmpty else { return nil }
        var builder = Builder()
        for piece in pieces { builder.add(piece) }
        builder.link()
        nodes = builder.nodes
        roots = builder.roots
    }

    private static func pieces(of secret: [UInt8]) -> [[UInt8]] {
        let isBlank = { (byte: UInt8) in byte <= 0x20 }
        func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
            let end = bytes.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? bytes.startIndex
            return bytes[..<end].drop(while: isBlank)
        }
        guard !secret.allSatisfy(isBlank) else { return [] }
        // A file's last newline is seldom printed with it.
        let core = trimmed(secret[...])
        let whole = core.count >= shortest ? core : secret[...]
        let lines = whole.split(separator: UInt8(ascii: "\n")).map(trimmed)
        return ([whole] + (lines.count > 1 ? lines : [])).filter { $0.count >= shortest }.flatMap(portions)
    }

    private static func portions(of bytes: ArraySlice<UInt8>) -> [[UInt8]] {
        guard bytes.count > longestPiece else { return [Array(bytes)] }
        let starts = stride(from: bytes.startIndex, to: bytes.endIndex - longestPiece, by: longestPiece)
        return starts.map { Array(bytes[$0..<$0 + longestPiece]) } + [Array(bytes.suffix(longestPiece))]
    }

    private struct Builder {
        var nodes = [Node()]
        var roots = [Int32](repeating: 0, count: 256)

        mutating func add(_ piece: [UInt8]) {
            var at = 0
            for byte in piece {
                if let next = child(of: at, byte) {
                    at = next
                    continue
                }
                let new = Int32(nodes.count)
                nodes.append(Node(sibling: nodes[at].firstChild, depth: nodes[at].depth + 1, byte: byte))
                nodes[at].firstChild = new
                if at == 0 { roots[Int(byte)] = new }
                at = Int(new)
            }
            nodes[at].found = UInt16(piece.count)
        }

        /// Level by level, so that a node's fallback is done before it.
        mutating func link() {
            var level = roots.filter { $0 != 0 }
            while !level.isEmpty {
                var next: [Int32] = []
                for index in level {
                    let node = nodes[Int(index)]
                    var child = node.firstChild
                    while child != 0 {
                        let fallback = step(Int(node.fallback), nodes[Int(child)].byte)
                        nodes[Int(child)].fallback = Int32(fallback)
                        nodes[Int(child)].found = max(nodes[Int(child)].found, nodes[fallback].found)
                        next.append(child)
                        child = nodes[Int(child)].sibling
                    }
                }
                level = next
            }
        }

        private func child(of node: Int, _ byte: UInt8) -> Int? {
            if node == 0 { return roots[Int(byte)] == 0 ? nil : Int(roots[Int(byte)]) }
            var child = Int(nodes[node].firstChild)
            while child != 0, nodes[child].byte != byte { child = Int(nodes[child].sibling) }
            return child == 0 ? nil : child
        }

        private func step(_ node: Int, _ byte: UInt8) -> Int {
            var at = node
            while true {
                if let next = child(of: at, byte) { return next }
                if at == 0 { return 0 }
                at = Int(nodes[at].fallback)
            }
        }
    }

    // MARK: Looking

    /// How far a stream has come.
    struct Position {
        fileprivate var node: Int32 = 0
        /// So many of its last bytes may be the beginning of a secret.
        fileprivate(set) var depth = 0
    }

    /// Goes on over `bytes`; tells of each secret that ends there: after how many of them, and how long it is.
    func walk(_ bytes: UnsafeBufferPointer<UInt8>, from position: inout Position, found: (_ end: Int, _ length: Int) -> Void) {
        nodes.withUnsafeBufferPointer { nodes in
            roots.withUnsafeBufferPointer { roots in
                var node = position.node, at = 0
                while at < bytes.count {
                    if node == 0 {
                        while at < bytes.count, roots[Int(bytes[at])] == 0 { at += 1 }
                        guard at < bytes.count else { break }
                        node = roots[Int(bytes[at])]
                    } else {
                        node = Self.next(node, bytes[at], nodes, roots)
                    }
                    at += 1
                    let length = nodes[Int(node)].found
                    if length > 0 { found(at, Int(length)) }
                }
                position.node = node
                position.depth = Int(nodes[Int(node)].depth)
            }
        }
    }

    private static func next(
        _ node: Int32, _ byte: UInt8, _ nodes: UnsafeBufferPointer<Node>, _ roots: UnsafeBufferPointer<Int32>
    ) -> Int32 {
        var at = node
        while at != 0 {
            var child = nodes[Int(at)].firstChild
            while child != 0, nodes[Int(child)].byte != byte { child = nodes[Int(child)].sibling }
            if child != 0 { return child }
            at = nodes[Int(at)].fallback
        }
        return roots[Int(byte)]
    }
}

extension SecretMask {
    /// A whole text, as a stream of it would be: with `sign` in place of each secret.
    public func masked(_ text: String) -> String {
        var text = text, masked: [UInt8] = []
        var stream = MaskedStream(self)
        text.withUTF8 { stream.feed($0, into: &masked) }
        stream.finish(into: &masked)
        return String(decoding: masked, as: UTF8.self)
    }
}
