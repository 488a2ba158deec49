internal import Glibc

/// Paths in one spelling: what is named twice in two ways is one file.
public enum PathText {
    /// Without `.` and doubled slashes. `..` stays: behind a link it leads elsewhere than it looks.
    public static func normal(_ path: String) -> String {
        let parts = path.split(separator: "/").filter { $0 != "." }
        return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    }

    /// The absolute form of a path that a person named; `..` is followed where its folder exists.
    public static func absolute(_ path: String, in folder: String) -> String {
        let whole = normal(path.hasPrefix("/") ? path : folder + "/" + path)
        guard whole.split(separator: "/").contains("..") else { return whole }
        let parent = TableSource.folder(of: whole), name = whole.split(separator: "/").last.map(String.init) ?? ""
        guard name != "..", let real = realpath(parent, nil) else { return whole }
        defer { free(real) }
        return normal(String(cString: real) + "/" + name)
    }
}
