internal import CLinux

/// Changes of files and directories: a thin layer over inotify. A hint, never the truth: look at the file. Loop thread only, but for `paths`:
/// what watches a path may wait for a file system that does not answer.
public final class FileWatch {
    public struct Mask: OptionSet, Hashable, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let modified = Mask(rawValue: UInt32(IN_MODIFY))
        public static let closedAfterWriting = Mask(rawValue: UInt32(IN_CLOSE_WRITE))
        public static let attributes = Mask(rawValue: UInt32(IN_ATTRIB))
        public static let movedFrom = Mask(rawValue: UInt32(IN_MOVED_FROM))
        public static let movedTo = Mask(rawValue: UInt32(IN_MOVED_TO))
        public static let created = Mask(rawValue: UInt32(IN_CREATE))
        public static let deleted = Mask(rawValue: UInt32(IN_DELETE))
        public static let deletedSelf = Mask(rawValue: UInt32(IN_DELETE_SELF))
        public static let movedSelf = Mask(rawValue: UInt32(IN_MOVE_SELF))
        /// The watch is gone: removed, its object deleted, or its file system unmounted. Comes unasked.
        public static let ended = Mask(rawValue: UInt32(IN_IGNORED))
        public static let unmounted = Mask(rawValue: UInt32(IN_UNMOUNT))
        /// The object is a directory. Comes unasked.
        public static let directory = Mask(rawValue: UInt32(IN_ISDIR))
    }

    public enum Event: Hashable, Sendable {
        /// `name` is the entry of a watched directory, empty for the watched object itself.
        case changed(id: Int32, mask: Mask, name: String)
        /// Events were lost: look at everything again.
        case overflow
    }

    /// What is watched. From any thread, one at a time.
    public final class Paths: Sendable {
        let descriptor: Int32

        init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { CLinux.close(descriptor) }

        /// Watches a path (symbolic links followed); the same object again replaces its mask and has the same id.
        public func add(_ path: String, _ mask: Mask) throws(SystemError) -> Int32 {
            let id = inotify_add_watch(descriptor, path, mask.rawValue)
            guard id >= 0 else { throw .last("inotify_add_watch \(path)") }
            return id
        }

        public func remove(_ id: Int32) { inotify_rm_watch(descriptor, id) }
    }

    public let paths: Paths
    private let loop: EventLoop
    private var watch: Watch?

    public init(loop: EventLoop, handler: @escaping (Event) -> Void) throws(SystemError) {
        self.loop = loop
        let descriptor = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard descriptor >= 0 else { throw .last("inotify_init1") }
        paths = Paths(descriptor: descriptor)
        watch = try loop.watch(descriptor, .readable) { _ in
            for event in Self.read(descriptor) { handler(event) }
        }
    }

    public func add(_ path: String, _ mask: Mask) throws(SystemError) -> Int32 { try paths.add(path, mask) }

    public func remove(_ id: Int32) { paths.remove(id) }

    /// Ends it for good.
    public func close() {
        if let watch { loop.unwatch(watch) }
        watch = nil
    }

    private static func read(_ descriptor: Int32) -> [Event] {
        withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
            var events: [Event] = []
            let count = CLinux.read(descriptor, buffer.baseAddress, buffer.count)
            var offset = 0
            let header = MemoryLayout<inotify_event>.size
            while offset + header <= count {
                let raw = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
                let nameStart = offset + header
                let nameEnd = min(nameStart + Int(raw.len), count)
                offset = nameEnd
                if raw.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    events.append(.overflow)
                    continue
                }
                let name = buffer[nameStart..<nameEnd].prefix { $0 != 0 }
                events.append(.changed(id: raw.wd, mask: Mask(rawValue: raw.mask), name: String(decoding: name, as: UTF8.self)))
            }
            return events
        }
    }
}
