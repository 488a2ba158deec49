internal import Glibc

// Space kept back for the moment when the volume is full: SQLite then can neither delete nor checkpoint, but with these bytes given free
// it can prune itself and go on.
//
// Its size follows the volume, so that it is never what fills it: a quarter of what is free, at most 4 MiB. Below 256 KiB it would not pay for
// one checkpoint, and there is none. The log between two checkpoints is kept no longer than the reserve, because a checkpoint may make the
// file grow by that much.

/// A file beside the store that holds space.
struct Reserve {
    static let largest: UInt64 = 4 << 20
    static let smallest: UInt64 = 256 << 10
    private static let page: UInt64 = 4096

    let path: String

    /// Bytes that are kept back now; 0 when there are none.
    var size: UInt64 {
        guard let file = try? PlainFile(path), Self.isReserve(file) else { return 0 }
        return UInt64(clamping: file.size)
    }

    /// Whether it is one that we made: whole pages, without content. A file that is somebody's for another purpose holds something.
    private static func isReserve(_ file: PlainFile) -> Bool {
        guard file.size % Int(page) == 0, file.size <= Int(largest) else { return false }
        return [0, max(0, file.size - Int(page))].allSatisfy { file.bytes(at: $0, count: Int(page)).allSatisfy { $0 == 0 } }
    }

    /// How many pages the log may have before it is checkpointed.
    var checkpointPages: UInt64 { min(1000, max(32, size / Self.page)) }

    /// What is right for a volume with that much room; `nil` where it is too little for any.
    static func fitting(_ freeBytes: UInt64) -> UInt64? {
        let size = min(largest, freeBytes / 4) / page * page
        return size < smallest ? nil : size
    }

    /// Gives the space free, and answers how much it was.
    func drop() -> UInt64 {
        let size = size
        return size > 0 && unlink(path) == 0 ? size : 0
    }

    /// Makes it, or makes it larger where there is much more room than there was; `true` when there is one afterwards.
    ///
    /// - Parameter least: not at all if a smaller one than this would fit.
    func make(freeBytes: UInt64, least: UInt64 = 0) -> Bool {
        let present = size
        guard present > 0 || Location.size(of: path) == 0 else { return false }
        guard let wanted = Self.fitting(freeBytes.addingReportingOverflow(present).partialValue), wanted >= least, wanted / 2 >= present
        else { return present > 0 }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return present > 0 }
        defer { close(descriptor) }
        if posix_fallocate(descriptor, 0, off_t(wanted)) == 0 { return true }
        if present == 0 { unlink(path) } else { ftruncate(descriptor, off_t(present)) }
        return present > 0
    }
}
