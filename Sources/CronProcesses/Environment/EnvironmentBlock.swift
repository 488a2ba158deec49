internal import CronJobs

/// The shared part of an environment, as C strings. It does not change: many launches read it at once.
final class EnvironmentBlock: @unchecked Sendable {
    let user: User
    let variables: Variables
    let home: String
    /// What must not be seen of it.
    let mask: SecretMask?
    let shell: UnsafePointer<CChar>
    private let text: UnsafeMutablePointer<CChar>
    /// Where its strings begin; first those that a shell hands on as they are.
    let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    /// How many a shell hands on as they are; `nil` where a program's environment is not just these and PWD, or no simple shell is meant.
    let handedOn: Int?
    /// What PWD is before the shell looks at it, as `PWD=value`.
    let directory: UnsafeMutablePointer<CChar>?

    init(_ lines: [String], user: User, variables: Variables, mask: SecretMask? = nil) {
        self.user = user
        self.variables = variables
        self.mask = mask
        func value(_ name: String) -> String? { lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) } }
        home = value("HOME") ?? "/"
        let shellPath = value("SHELL") ?? "/bin/sh"
        let plain = lines.filter { Self.kind(of: $0) == .handedOn }, others = lines.filter { Self.kind(of: $0) != .handedOn }
        let isSimple = shellPath == "/bin/sh" && !others.contains { Self.kind(of: $0) == .shellsOwn }
        handedOn = isSimple ? plain.count : nil
        let all = [shellPath] + plain + others
        text = .allocate(capacity: all.reduce(0) { $0 + $1.utf8.count + 1 })
        pointers = .allocate(capacity: lines.count)
        pointers.initialize(repeating: nil)
        shell = UnsafePointer(text)
        var next = text
        for (index, line) in all.enumerated() {
            if index > 0 { pointers[index - 1] = next }
            for byte in line.utf8 {
                next.initialize(to: CChar(bitPattern: byte))
                next += 1
            }
            next.initialize(to: 0)
            next += 1
        }
        directory = others.firstIndex { $0.hasPrefix("PWD=") }.flatMap { [pointers] in pointers[plain.count + $0] }
    }

    private enum Kind {
        case handedOn
        /// No name in a shell: it does not hand it on.
        case unnamed
        /// It sets it itself.
        case shellsOwn
        case directory
    }

    private static func kind(of line: String) -> Kind {
        let name = line.utf8.prefix { $0 != UInt8(ascii: "=") }
        let isName = name.enumerated().allSatisfy { index, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): index > 0
            default: false
            }
        }
        guard isName, !name.isEmpty else { return .unnamed }
        if name.elementsEqual("PWD".utf8) { return .directory }
        return ["IFS", "OPTIND", "PPID", "LINENO"].contains { name.elementsEqual($0.utf8) } ? .shellsOwn : .handedOn
    }

    deinit {
        text.deallocate()
        pointers.deallocate()
    }
}
