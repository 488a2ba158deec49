internal import CLinux
internal import CronJobs
internal import Crontabs
internal import Glibc

// The way to a table's file, step by step, each opened before it is judged.
//
// A path that is looked at first and opened then may lead elsewhere by then: whoever owns a folder on the way swaps a link. So each folder is
// held by a descriptor, the next step is opened in it without following links, what was opened is judged, and a link's target is walked
// in the same way. The file is read through the very descriptor that was judged.

/// What stands at the end of a path.
enum PathEnd {
    /// A regular file, open for reading; whoever gets it closes it.
    case file(Int32)
    case folder
    /// Neither file nor folder.
    case special(stat)
    /// There is none. Behind a link: the link leads nowhere.
    case absent(behindLink: Bool)
    /// It must not be read.
    case refused(String)
    case failed(Int32)
}

/// Walks a path to its file, and tells why a file must not be read.
public struct PathWalk {
    private static let mostLinks = 40
    private static let step = cl_place_only | O_NOFOLLOW | O_CLOEXEC
    private static let reading = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

    private let trust: TableTrust
    private var folder: Int32 = -1
    private var shown = ""
    private var rest: [String] = []
    private var links = 0

    private init(_ path: String, _ trust: TableTrust) {
        self.trust = trust
        rest = Self.parts(path)
    }

    /// - Parameter trust: judges each step; `nil` trusts them all.
    static func open(_ path: String, trust: TableTrust?) -> PathEnd {
        guard let trust else { return openAnyway(path) }
        var walk = PathWalk(path, trust)
        let end = walk.go()
        if walk.folder >= 0 { close(walk.folder) }
        return end
    }

    /// Why a file must not be read, whether it exists or not.
    public static func refusal(of path: String, trust: TableTrust) -> String? {
        switch open(path, trust: trust) {
        case .refused(let reason): return reason
        case .file(let descriptor):
            close(descriptor)
            return nil
        default: return nil
        }
    }

    private mutating func go() -> PathEnd {
        folder = cl_open("/", Self.step | O_DIRECTORY, 0)
        guard folder >= 0 else { return .failed(errno) }
        if let refusal = judge(folder, .folder) { return .refused(refusal) }
        while let name = rest.popLast() {
            if let end = take(name) { return end }
        }
        return .folder
    }

    /// Goes one step; answers where that is the end.
    private mutating func take(_ name: String) -> PathEnd? {
        let next = cl_openat(folder, name, Self.step, 0)
        guard next >= 0 else { return Self.missing(errno, behindLink: links > 0) }
        var status = stat()
        guard fstat(next, &status) == 0 else {
            close(next)
            return .failed(errno)
        }
        let before = shown
        shown = name == ".." ? String(shown.prefix(upTo: shown.lastIndex(of: "/") ?? shown.startIndex)) : shown + "/" + name
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return enter(next)
        case S_IFLNK:
            defer { close(next) }
            shown = before
            return follow(next, before + "/" + name)
        case S_IFREG where rest.isEmpty:
            defer { close(next) }
            return read(name, status)
        default:
            close(next)
            return rest.isEmpty ? .special(status) : .absent(behindLink: links > 0)
        }
    }

    private mutating func enter(_ next: Int32) -> PathEnd? {
        close(folder)
        folder = next
        return judge(next, .folder).map { .refused($0) }
    }

    private mutating func follow(_ link: Int32, _ path: String) -> PathEnd? {
        links += 1
        guard links <= Self.mostLinks else { return .failed(ELOOP) }
        if let refusal = judge(link, .link, path) { return .refused(refusal) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let length = buffer.withUnsafeMutableBytes { bytes in
            bytes.baseAddress.map { readlinkat(link, "", $0.assumingMemoryBound(to: CChar.self), bytes.count) } ?? -1
        }
        guard length > 0 else { return .failed(length < 0 ? errno : ENOENT) }
        let target = String(decoding: buffer[..<length], as: UTF8.self)
        rest += Self.parts(target)
        guard target.hasPrefix("/") else { return nil }
        shown = ""
        let root = cl_open("/", Self.step | O_DIRECTORY, 0)
        guard root >= 0 else { return .failed(errno) }
        return enter(root)
    }

    /// Opens the file for reading: it must be the one that was met, and may be read.
    private func read(_ name: String, _ met: stat) -> PathEnd {
        let descriptor = cl_openat(folder, name, Self.reading | O_NOFOLLOW, 0)
        guard descriptor >= 0 else { return Self.missing(errno, behindLink: links > 0) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return .special(met)
        }
        if let refusal = judge(descriptor, .file) {
            close(descriptor)
            return .refused(refusal)
        }
        return .file(descriptor)
    }

    private func judge(_ descriptor: Int32, _ kind: PathStep.Kind, _ path: String? = nil) -> String? {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return "is refused: \(String(cString: strerror(errno)))" }
        let named = path ?? (shown.isEmpty ? "/" : shown)
        var step = PathStep(kind, named, user: status.st_uid, group: status.st_gid, mode: UInt32(status.st_mode))
        step.hasAccessList = kind != .link && status.st_mode & 0o020 != 0 && Self.hasAccessList(descriptor)
        guard let refusal = trust.refusal(of: step) else { return nil }
        return cl_is_read_only(descriptor) == 1 ? nil : refusal
    }

    /// Asked by the name of the descriptor: one that is only a place answers nothing itself.
    private static func hasAccessList(_ descriptor: Int32) -> Bool {
        getxattr("/proc/self/fd/\(descriptor)", FileAttributes.accessList, nil, 0) > 0
    }

    private static func openAnyway(_ path: String) -> PathEnd {
        var status = stat()
        let descriptor = cl_open(path, reading, 0)
        guard descriptor >= 0 else {
            let code = errno
            return missing(code, behindLink: lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        }
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return .file(descriptor) }
        close(descriptor)
        return status.st_mode & S_IFMT == S_IFDIR ? .folder : .special(status)
    }

    private static func missing(_ code: Int32, behindLink: Bool) -> PathEnd {
        code == ENOENT || code == ENOTDIR ? .absent(behindLink: behindLink) : .failed(code)
    }

    /// The last part first.
    private static func parts(_ path: String) -> [String] {
        path.split(separator: "/").filter { $0 != "." }.reversed().map(String.init)
    }
}

extension TableTrust {
    /// Of this process.
    public static var ofThisProcess: TableTrust {
        var groups = [gid_t](repeating: 0, count: 65_536)
        let count = getgroups(Int32(groups.count), &groups)
        return TableTrust(user: geteuid(), groups: Set(groups.prefix(max(0, Int(count))) + [getegid()]))
    }
}

/// What was met on the way to a table's file, and the file itself, as it was opened.
public struct PathStep: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case folder, link, file
    }

    public var kind: Kind
    public var path: String
    public var user: UInt32
    public var group: UInt32
    public var mode: UInt32
    /// Others than owner and group may use it: then the group's bits of the mode are the bound of what they may.
    public var hasAccessList = false
    /// It lies on a mount that cannot be written here: it belongs to whoever mounted it.
    public var isReadOnly: Bool

    public init(_ kind: Kind, _ path: String, user: UInt32, group: UInt32, mode: UInt32, isReadOnly: Bool = false) {
        self.kind = kind
        self.path = path
        self.user = user
        self.group = group
        self.mode = mode
        self.isReadOnly = isReadOnly
    }
}
