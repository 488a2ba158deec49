internal import CLinux

/// The file that a job finds its body in: its user's, for nobody else to read, in memory where the machine has such a place.
struct BodyFile {
    private static let folders = ["/run", "/dev/shm", "/tmp"], prefix = "/crond-body-"

    let path: String

    /// - Parameter owner: whose it becomes; `nil` leaves it the service's.
    init(_ content: [UInt8], owner: User?) throws(LaunchFailure) {
        var failure = LaunchFailure("body", errno: ENOENT, subject: "the file of the body")
        for folder in Self.folders {
            // Whoever waits in a folder of everybody can neither guess the name nor be there first.
            let name = "\(folder)\(Self.prefix)\(Self.hex(.random(in: .min ... .max)))\(Self.hex(.random(in: .min ... .max)))"
            let descriptor = cl_open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                failure = LaunchFailure("body", errno: cl_errno(), subject: name)
                continue
            }
            defer { close(descriptor) }
            if Self.write(content, to: descriptor), owner.map({ fchown(descriptor, $0.uid, $0.gid) == 0 }) ?? true {
                path = name
                return
            }
            failure = LaunchFailure("body", errno: cl_errno(), subject: name)
            unlink(name)
        }
        throw failure
    }

    /// The file of a run of an earlier life. The run's own user may have forged the path, so nothing but such a file's is taken.
    init?(adopted path: String) {
        guard let folder = Self.folders.first(where: { path.hasPrefix($0 + Self.prefix) }),
            path.dropFirst((folder + Self.prefix).count).utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) })
        else { return nil }
        self.path = path
    }

    private static func hex(_ number: UInt64) -> String { String(number, radix: 16) }

    /// Takes the name away; who has the file open can go on reading.
    func remove() { unlink(path) }

    /// The whole content, or false with an `errno`.
    static func write(_ content: [UInt8], to descriptor: Int32) -> Bool {
        content.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                let count = CLinux.write(descriptor, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                if count < 0, cl_errno() == EINTR { continue }
                guard count > 0 else { return false }
                offset += count
            }
            return true
        }
    }
}
