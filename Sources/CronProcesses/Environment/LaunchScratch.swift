internal import CLaunch
internal import CronJobs

/// The environment of one launch in the shape that execve takes: what many share, and the C strings of the attempt.
///
/// One for each launcher thread: used again for the next launch only when the last one has returned.
final class LaunchScratch {
    private var capacity = 1024
    private var text: UnsafeMutablePointer<CChar>
    private var length = 0
    private var starts: [Int] = []
    private var pointers: [UnsafeMutablePointer<CChar>?] = []

    private var arguments: [UnsafeMutablePointer<CChar>?] = []
    private var directPointers: [UnsafeMutablePointer<CChar>?] = []
    /// `PWD=` and room for a path.
    private let directory = UnsafeMutablePointer<CChar>.allocate(capacity: 4 + Int(CROND_PATH_SIZE))

    init() {
        text = .allocate(capacity: capacity)
        for (index, byte) in "PWD=".utf8.enumerated() { (directory + index).initialize(to: CChar(bitPattern: byte)) }
        (directory + 4).initialize(repeating: 0, count: Int(CROND_PATH_SIZE))
    }

    deinit {
        text.deallocate()
        directory.deallocate()
    }

    func fill(_ variables: [(name: String, value: String)]) {
        length = 0
        starts.removeAll(keepingCapacity: true)
        for (name, value) in variables {
            starts.append(length)
            append(name)
            append("=")
            append(value)
            reserve(1)
            (text + length).initialize(to: 0)
            length += 1
        }
    }

    /// Calls `body` with the environment that `block` and these make together.
    func with<Result>(_ block: EnvironmentBlock, _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result) -> Result {
        pointers.removeAll(keepingCapacity: true)
        pointers.append(contentsOf: block.pointers)
        for start in starts { pointers.append(text + start) }
        pointers.append(nil)
        return pointers.withUnsafeBufferPointer { body($0.baseAddress) }
    }

    /// Calls `body` with what executes `command` without a shell: the environment that the shell would hand on, and its own PWD.
    func with<Result>(_ block: EnvironmentBlock, directly command: SimpleCommand, _ body: (UnsafePointer<crond_direct>) -> Result) -> Result
    {
        command.text.withUnsafeBufferPointer { words in
            arguments.removeAll(keepingCapacity: true)
            for start in command.starts { arguments.append(words.baseAddress.map { UnsafeMutablePointer(mutating: $0 + start) }) }
            arguments.append(nil)
            directPointers.removeAll(keepingCapacity: true)
            directPointers.append(contentsOf: block.pointers.prefix(block.handedOn ?? 0))
            for start in starts { directPointers.append(text + start) }
            let place = directPointers.count
            directPointers.append(nil)
            directPointers.append(nil)
            return arguments.withUnsafeBufferPointer { arguments in
                directPointers.withUnsafeMutableBufferPointer { environment in
                    var direct = crond_direct(
                        arguments: arguments.baseAddress, environment: environment.baseAddress, place_of_directory: place,
                        given_directory: block.directory, directory: directory)
                    return body(&direct)
                }
            }
        }
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
