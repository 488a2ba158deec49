internal import CronJobs

/// The shared part of an environment in the shape that execve takes: an array of C strings, with room at the end for what each attempt adds.
///
/// Loop thread only: the room is filled anew for each launch.
final class EnvironmentBlock {
    let user: User
    let variables: Variables
    let home: String
    let shell: UnsafePointer<CChar>
    private let text: UnsafeMutablePointer<CChar>
    private let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int
    private static let room = JobEnvironment.attemptNames.count

    init(_ lines: [String], user: User, variables: Variables) {
        self.user = user
        self.variables = variables
        func value(_ name: String) -> String? { lines.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.utf8.count + 1)) } }
        home = value("HOME") ?? "/"
        let shellPath = value("SHELL") ?? "/bin/sh"
        let all = [shellPath] + lines
        text = .allocate(capacity: all.reduce(0) { $0 + $1.utf8.count + 1 })
        pointers = .allocate(capacity: lines.count + Self.room + 1)
        pointers.initialize(repeating: nil, count: lines.count + Self.room + 1)
        count = lines.count
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

    /// Calls `body` with the array completed by `scratch`.
    func with<Result>(
        _ scratch: AttemptStrings, _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        scratch.place(at: pointers + count)
        return body(pointers)
    }
}

/// The C strings of one attempt, in memory that is used again for the next.
final class AttemptStrings {
    private var capacity = 1024
    private var text: UnsafeMutablePointer<CChar>
    private var length = 0
    private var starts: [Int] = []

    init() { text = .allocate(capacity: capacity) }

    deinit { text.deallocate() }

    func fill(_ attempt: Attempt, lateness: Int64, bodyFile: String?) {
        length = 0
        starts.removeAll(keepingCapacity: true)
        for (name, value) in JobEnvironment.specifics(of: attempt, lateness: lateness, bodyFile: bodyFile) {
            starts.append(length)
            append(name)
            append("=")
            append(value)
            reserve(1)
            (text + length).initialize(to: 0)
            length += 1
        }
    }

    func place(at slots: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) {
        for (index, start) in starts.enumerated() { slots[index] = text + start }
        slots[starts.count] = nil
    }

    private func append(_ part: String) {
        var part = part
        part.withUTF8 { bytes in
            reserve(bytes.count)
            for byte in bytes {
                (text + length).initialize(to: CChar(bitPattern: byte))
                length += 1
            }
        }
    }

    private func reserve(_ more: Int) {
        guard length + more > capacity else { return }
        let larger = UnsafeMutablePointer<CChar>.allocate(capacity: (length + more) * 2)
        larger.moveInitialize(from: text, count: length)
        text.deallocate()
        text = larger
        capacity = (length + more) * 2
    }
}
