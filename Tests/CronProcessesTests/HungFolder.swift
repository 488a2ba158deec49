// tidy: helper
import CLinux

/// A folder that never answers: a FUSE file system without a server. Whoever looks at it waits until `release`.
final class HungFolder: Sendable {
    static let isPossible = getuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0

    let path = "/tmp/hung-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    private let device: Int32

    /// `nil` where it cannot be mounted here after all.
    init?() {
        device = cl_open("/dev/fuse", O_RDWR | O_CLOEXEC, 0)
        mkdir(path, 0o755)
        guard device >= 0, mount("hung", path, "fuse", 0, "fd=\(device),rootmode=40000,user_id=0,group_id=0,allow_other") == 0 else {
            rmdir(path)
            close(device)
            return nil
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        close(device)
        rmdir(path)
    }
}
