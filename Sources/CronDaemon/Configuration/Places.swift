internal import Glibc

/// Where the service keeps its state and its socket when it is not told.
public enum Places {
    /// The SQLite file: under `/var/lib/crond` for root, else under `$XDG_STATE_HOME/crond` or `~/.local/state/crond`.
    public static func ledger(name: String, environment: [String: String]) -> String? {
        if geteuid() == 0 { return "/var/lib/crond/\(name).db" }
        if let state = absolute(environment["XDG_STATE_HOME"]) { return "\(state)/crond/\(name).db" }
        if let home = absolute(environment["HOME"]), home != "/" { return "\(home)/.local/state/crond/\(name).db" }
        return nil
    }

    /// The control socket: `/run/crond[-name].sock` for root, else in `$XDG_RUNTIME_DIR`.
    public static func socket(name: String, environment: [String: String]) -> String? {
        let file = name == "default" ? "crond.sock" : "crond-\(name).sock"
        if geteuid() == 0 { return "/run/\(file)" }
        return absolute(environment["XDG_RUNTIME_DIR"]).map { "\($0)/\(file)" }
    }

    /// The key of this host's service alone, beside the SQLite file.
    static func hostKey(name: String, environment: [String: String]) -> String? {
        ledger(name: name, environment: environment).map { "\($0.dropLast(3)).key" }
    }

    private static func absolute(_ path: String?) -> String? {
        guard let path, path.hasPrefix("/") else { return nil }
        return path
    }
}
