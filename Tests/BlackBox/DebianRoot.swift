// tidy: helper
internal import Glibc

/// The root of a Debian image with cron's own files and drop-ins, as `Scripts/debian-root` keeps it. Containers lie over it; nobody writes into it.
enum DebianRoot {
    /// Its folder; empty where there is none.
    static let path = found.path
    static var isThere: Bool { !path.isEmpty }
    /// Why there is none.
    static let reason = found.reason

    private static let found: (path: String, reason: String) = {
        let script = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Scripts/debian-root"
        guard let folder = try? Folder.temporary() else { return ("", "no temporary folder can be made") }
        defer { folder.remove() }
        let home = ["HOME", "XDG_CACHE_HOME"].compactMap { (name: String) in getenv(name).map { (name, String(cString: $0)) } }
        let program = try? Program(
            [script, "--look"], environment: Dictionary(uniqueKeysWithValues: home), out: folder.path + "/out", errors: folder.path + "/err"
        )
        guard let program else { return ("", "\(script) cannot be run") }
        while !program.hasEnded { usleep(5000) }
        return (folder.lines("out").first ?? "", folder.lines("err").first ?? "")
    }()
}
