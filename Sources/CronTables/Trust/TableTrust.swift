// Whose tables are read. A table names the users that its commands run as, so whoever can write it can become each of them: as root the file,
// and each link and folder on the way to it, must be root's or the service user's and writable by nobody else. Without root, so for whoever
// is neither the service's user, nor root, nor in a group of the service's.
//
//      file     owner and mode
//      link     owner (its mode says nothing)
//      folder   owner and mode; a sticky one may be writable by all, since what lies in it is looked at by itself
//
// As root a folder may be writable by the group 0, as some images have it; a file may not. What has an access list (setfacl) may be writable by its
// owner alone: its group's bits say what anybody in that list may.

/// Judges the steps of the way to a table's file.
public struct TableTrust: Hashable, Sendable {
    /// The service's user.
    public var user: UInt32
    /// The groups that the service is in; they count only without root.
    public var groups: Set<UInt32>

    public init(user: UInt32, groups: Set<UInt32>) {
        self.user = user
        self.groups = groups
    }

    private static let sticky: UInt32 = 0o1000

    /// Why the file at the end of the way must not be read; `nil` where it may.
    public func refusal(of step: PathStep) -> String? {
        guard !step.isReadOnly else { return nil }
        let who = user == 0 ? "root" : "uid \(user)"
        let remedy = "mount it :ro, or --trust-tables"
        if step.user != 0, step.user != user {
            let way = user == 0 ? "chown root" : "chown"
            return "is refused (owner): \(name(step)) is owned by uid \(step.user), which could become \(who): \(way), \(remedy)"
        }
        guard let others = writers(step) else { return nil }
        return "is refused (writable): \(name(step)) is writable by \(others), which could become \(who): chmod go-w, \(remedy)"
    }

    /// Who else can write it.
    private func writers(_ step: PathStep) -> String? {
        if step.kind == .link || step.kind == .folder && step.mode & Self.sticky != 0 { return nil }
        if step.mode & 0o002 != 0 { return "everybody" }
        guard step.mode & 0o020 != 0 else { return nil }
        if step.hasAccessList { return "others, by its access list (getfacl)" }
        let isOurs = user == 0 ? step.kind == .folder && step.group == 0 : groups.contains(step.group)
        return isOurs ? nil : "gid \(step.group)"
    }

    private func name(_ step: PathStep) -> String {
        switch step.kind {
        case .file: "it"
        case .folder: "its folder \(step.path)"
        case .link: "the link \(step.path)"
        }
    }
}
