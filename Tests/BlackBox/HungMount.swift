// tidy: helper
internal import CLinux
internal import Glibc

/// A folder that never answers: a FUSE file system without a server. Whoever looks at it waits, until it goes with the test.
final class HungMount {
    static let isPossible = getuid() == 0 && access("/dev/fuse", R_OK | W_OK) == 0

    let path: String
    private let device: Int32

    init(in folder: Folder) throws {
        path = "\(folder.path)/hung"
        folder.folder("hung")
        device = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        let options = "fd=\(device),rootmode=40000,user_id=0,group_id=0,allow_other"
        guard device >= 0, mount("hung", path, "fuse", 0, options) == 0 else {
            throw Complaint("no FUSE file system can be mounted here: \(String(cString: strerror(errno)))")
        }
    }

    /// Everybody goes on with an error.
    func release() {
        umount2(path, Int32(MNT_DETACH))
        close(device)
    }
}
