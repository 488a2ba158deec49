internal import Glibc

/// Space kept back for the moment when the volume is full: SQLite then can neither delete nor checkpoint, but with these bytes given free
/// it can prune itself and go on.
struct Reserve {
    static let size = 4 << 20
    /// Made again only when this much is free, so that it is never what fills the volume.
    static let comfortable: UInt64 = 16 << 20

    let path: String

    /// `true` when there was something to give free.
    func drop() -> Bool { unlink(path) == 0 }

    /// `true` when it is there afterwards.
    func make(freeBytes: UInt64) -> Bool {
        if access(path, F_OK) == 0 { return true }
        guard freeBytes > Self.comfortable else { return false }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        guard posix_fallocate(descriptor, 0, off_t(Self.size)) == 0 else {
            unlink(path)
            return false
        }
        return true
    }
}
