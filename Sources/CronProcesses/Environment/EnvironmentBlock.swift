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
    /// Where its strings begin.
    let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

    init(_ lines: [String], user: User, variables: Variables, mask: SecretMask? = nil) {
        self.user = user
        self.variables = variables
        self.mask = mask
        func value(_ name: String) -> String? { lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) } }
        home = value("HOME") ?? "/"
        let shellPath = value("SHELL") ?? "/bin/sh"
        let all = [shellPath] + lines
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
    }

    deinit {
        text.deallocate()
        pointers.deallocate()
    }
}
