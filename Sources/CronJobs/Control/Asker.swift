/// What a request may do. Each includes those before it.
public enum ControlRole: String, Comparable, Sendable, CaseIterable {
    /// Look.
    case read
    /// Steer jobs: pause, resume, have the table read again.
    case operate
    /// Change the table.
    case edit

    /// Whoever may edit may operate, and whoever may operate may read.
    public static func < (a: ControlRole, b: ControlRole) -> Bool {
        switch (a, b) {
        case (.read, .operate), (.read, .edit), (.operate, .edit): true
        default: false
        }
    }
}

/// Who asks. Whoever takes the request finds it out (a socket from the peer's credentials); nothing that a request says changes it.
public struct Asker: Hashable, Sendable {
    public var uid: UInt32
    /// 0 where it is not known: the process is outside our container.
    public var pid: Int32
    public var host: String
    /// What the way allows on which the request came.
    public var role: ControlRole

    public init(uid: UInt32, pid: Int32, host: String, role: ControlRole) {
        self.uid = uid
        self.pid = pid
        self.host = host
        self.role = role
    }

    /// What `description` says; of no role.
    public init?(_ text: String) {
        let words = text.split(separator: ",", omittingEmptySubsequences: false).map { $0.drop { $0 == " " } }
        func value(_ name: String) -> Substring? { words.first { $0.hasPrefix(name + " ") }?.dropFirst(name.count + 1) }
        guard let uid = value("uid").flatMap({ UInt32($0) }), let host = value("host") else { return nil }
        self.init(uid: uid, pid: value("pid").flatMap { Int32($0) } ?? 0, host: String(host), role: .read)
    }

    /// In a word or two, for a table.
    public var name: String { uid == 0 ? "root" : "uid \(uid)" }

    /// For a row that has its host in another place.
    public var withoutHost: String { pid == 0 ? "uid \(uid)" : "uid \(uid), pid \(pid)" }
}

extension Asker: CustomStringConvertible {
    public var description: String { "\(withoutHost), host \(host)" }
}
