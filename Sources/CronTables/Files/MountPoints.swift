internal import CLinux
internal import Glibc

/// Where other file systems, or parts of them, are mounted: from `/proc/self/mountinfo`, as this process sees them.
struct MountPoints {
    /// Folders of an image that test benches and engines mount as a whole.
    private static let ofImages: Set<String> = ["/", "/etc"]
    private var points: Set<String> = []

    init() {
        let descriptor = cl_open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        var text: [UInt8] = [], buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let got = Glibc.read(descriptor, &buffer, buffer.count)
            guard got > 0, text.count < 16 << 20 else { break }
            text += buffer[..<got]
        }
        for line in text.split(separator: 10) {
            let words = line.split(separator: 32, maxSplits: 5)
            if words.count > 4 { points.insert(Self.plain(words[4])) }
        }
    }

    /// On what kind of a mount of its own a file lies.
    enum Kind: Hashable {
        /// A volume, or a bind mount of a file or folder.
        case own
        /// The file itself is mounted, from the file system of its folder.
        case ofFolder
    }

    /// `nil` where it lies on the image's.
    func kind(of path: String) -> Kind? {
        if points.contains(path) {
            var file = stat(), folder = stat()
            let parent = Self.parent(path)
            guard stat(path, &file) == 0, stat(parent, &folder) == 0, file.st_dev == folder.st_dev else { return .own }
            return .ofFolder
        }
        var folder = Self.parent(path)
        while true {
            if points.contains(folder) { return Self.ofImages.contains(folder) ? nil : .own }
            guard folder != "/" else { return nil }
            folder = Self.parent(folder)
        }
    }

    private static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    /// Blanks and their like are written as octal numbers there.
    private static func plain(_ text: ArraySlice<UInt8>) -> String {
        var plain: [UInt8] = [], rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.count >= 3, let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8) {
                plain.append(code)
                rest.removeFirst(3)
            } else {
                plain.append(byte)
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }
}
