internal import CronJobs

// Which revisions may be used here. Whoever can write to a shared store can put anything there. With a key only that is used which somebody
// with the key published under this name and number; an older revision that is properly signed is better than a newer one that is not.

/// Why a revision is not used.
public enum RevisionRefusal: String, Hashable, CaseIterable, Sendable {
    case damaged = "its stored bytes are damaged"
    case unsigned = "it is not signed: it was written before there was a key, or by somebody without it"
    case altered = "its signature does not belong to its name, number and content under this key"
}

/// The table's past, as far as it may be used.
struct RevisionTrust: Sendable {
    let store: any RevisionStore
    /// Without a key everything is used that is not damaged.
    let seal: TableSeal?

    enum Verdict {
        case usable([TableFile])
        case refused(RevisionRefusal)
    }

    struct Newest {
        /// The newest number there is, used or not; 0 for none.
        var number: Int
        var revision: Revision?
        /// Newer ones that are not used.
        var refused: [(number: Int, why: RevisionRefusal)] = []
    }

    /// The newest revision that may be used.
    func newest() async throws(StoreError) -> Newest {
        // Asked for first: what is published meanwhile must show as a greater one.
        var found = Newest(number: try await store.newestNumber() ?? 0)
        guard seal != nil else {
            found.revision = try await store.newestRevision()
            return found
        }
        for revision in try await store.revisions().reversed() {
            switch try await judge(revision) {
            case .usable:
                found.revision = revision
                return found
            case .refused(let why): found.refused.append((revision.number, why))
            }
        }
        return found
    }

    /// Looks at the bytes themselves: the store's own word is not enough.
    func judge(_ revision: Revision) async throws(StoreError) -> Verdict {
        if let seal, !seal.accepts(revision) { return .refused(revision.signature == nil ? .unsigned : .altered) }
        guard revision.intact, let files = try await intactFiles(of: revision.number) else { return .refused(.damaged) }
        guard TableHash.hash(files) == revision.hash else { return .refused(seal == nil ? .damaged : .altered) }
        return .usable(files)
    }

    /// The files of a revision that may be used; `nil` where there is none.
    func files(of number: Int) async throws(StoreError) -> [TableFile]? {
        guard seal != nil else { return try await store.files(of: number) }
        guard let revision = try await store.revision(number), case .usable(let files) = try await judge(revision) else { return nil }
        return files
    }

    /// How far back it is looked for what files once were.
    private static let recent = 16

    /// Whether a recent revision had the file: then it was taken away, not mistyped.
    func had(path: String) async throws(StoreError) -> Bool {
        for revision in try await store.revisions().suffix(Self.recent).reversed() {
            guard let files = try? await files(of: revision.number) else { continue }
            if files.contains(where: { $0.path == path }) { return true }
        }
        return false
    }

    /// Whether a recent revision before that one had one of these very contents: an older image, or a roll-back.
    func hadBefore(_ number: Int, _ contents: [TableFile]) async throws(StoreError) -> Bool {
        for revision in try await store.revisions().suffix(Self.recent).reversed() where revision.number < number {
            guard let older = try? await files(of: revision.number) else { continue }
            if contents.contains(where: older.contains) { return true }
        }
        return false
    }

    private func intactFiles(of number: Int) async throws(StoreError) -> [TableFile]? {
        do { return try await store.files(of: number) } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }
}
