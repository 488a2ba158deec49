// Which content of the table a start uses. The files may hold the image's content or an edited one, and the store remembers others; nothing
// of the user's may be lost, and a deployer who ships another table must win.
//
//   found in the files                                    used            files become
//   no entries                                            newest          newest
//   equal to the newest revision                          newest          –
//   equal to what the last start found (the baseline)     newest          newest        same image, container made anew
//   as a replica on a shared store left them              newest          newest        it was restarted in place
//   anything else, even if seen before                    found           –             the deployer changed it: a new revision
//
// A read-only or symlinked table is the deployer's in every case. A named file that exists and cannot be read says nothing: the newest
// revision is used, and the file is left alone.

/// `--on-start`.
public enum StartPolicy: String, Sendable, CaseIterable {
    case auto, file, store
}

public enum StartDecision: Hashable, Sendable {
    /// The found content applies; it becomes the newest revision unless it is that already.
    case useFound
    /// The newest revision applies and is written to the files.
    case restore
    /// Neither files nor store hold anything.
    case nothing

    public static func decide(
        policy: StartPolicy, found: String, foundHasEntries: Bool, readOnly: Bool, unreadable: Bool = false, newest: String?,
        baseline: String?, isLeft: Bool = false
    ) -> StartDecision {
        guard let newest else { return foundHasEntries ? .useFound : .nothing }
        if unreadable { return .restore }
        if found == newest { return .useFound }
        switch policy {
        case .file: return .useFound
        case .store: return .restore
        case .auto:
            if readOnly { return .useFound }
            return !foundHasEntries || found == baseline || isLeft ? .restore : .useFound
        }
    }
}
