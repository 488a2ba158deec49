/// Which file it is: the very one, unchanged, has the same. No device number: overlays change it.
public struct FileIdentity: Hashable, Sendable {
    public var inode: UInt64
    public var size: Int64
    /// Times in nanoseconds since 1970.
    public var modified: Int64
    public var changed: Int64

    public init(inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    init(_ stamp: TableSnapshot.Stamp) {
        self.init(inode: stamp.inode, size: stamp.size, modified: stamp.modified, changed: stamp.changed)
    }

    var text: String { "\(inode):\(size):\(modified):\(changed)" }

    init?(_ text: Substring) {
        let parts = text.split(separator: ":")
        guard parts.count == 4, let inode = UInt64(parts[0]), let size = Int64(parts[1]), let modified = Int64(parts[2]),
            let changed = Int64(parts[3])
        else { return nil }
        self.init(inode: inode, size: size, modified: modified, changed: changed)
    }
}

/// Which folder it is. An overlay gives a folder of the image the same inode in each container, so its birth counts, too.
public struct FolderIdentity: Hashable, Sendable {
    public var inode: UInt64
    /// In nanoseconds since 1970; 0 where the file system does not tell.
    public var born: Int64

    public init(inode: UInt64, born: Int64) {
        self.inode = inode
        self.born = born
    }

    var text: String { "\(inode):\(born)" }

    init?(_ text: Substring) {
        let parts = text.split(separator: ":")
        guard parts.count == 2, let inode = UInt64(parts[0]), let born = Int64(parts[1]) else { return nil }
        self.init(inode: inode, born: born)
    }
}
