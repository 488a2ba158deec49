internal import Glibc

/// Space kept back for the moment when the volume is full: SQLite then can neither delete nor checkpoint, but with these bytes given free it
/// can prune itself and go on.
struct Reserve {
    static let size = 4 << 20
    /// Made again only when this much is free, so that it is never what fills the volume.
    static let comfortable: UInt64 = 16 << 20

    let path: String

    /// `true` when there was something to give free.
    func drop() -> Bool { unlink(path) == 0 }

    func make(freeBytes: UInt64) {
        guard freeBytes > Self.comfortable, access(path, F_OK) != 0 else { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        if posix_fallocate(descriptor, 0, off_t(Self.size)) != 0 { unlink(path) }
        close(descriptor)
    }
}
