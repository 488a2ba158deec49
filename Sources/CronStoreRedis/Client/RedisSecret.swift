internal import LinuxEvents

/// A password, or the file that holds it: read for each connection, so that the one who turns the password over need not restart us.
public enum RedisSecret: Hashable, Sendable {
    case text(String)
    case file(path: String)
}

extension RedisSecret {
    /// The password; of a file its first line.
    func read(for server: String) throws(RedisError) -> String {
        switch self {
        case .text(let text): return text
        case .file(let path):
            do throws(NamedFile.Fault) { return try NamedFile.firstLine(of: path) } catch {
                throw RedisError(.secretFile, server, error.description)
            }
        }
    }
}
