internal import CronJobs
internal import CronTables

/// Answers about the table's past, the same from a running service and from a store that nobody holds.
enum RevisionAnswers {
    static func revisions(
        _ store: any RevisionStore, seal: TableSeal?, current: Int?, isolation: isolated (any Actor)? = #isolation
    ) async throws(ControlRefusal) -> [ControlPart] {
        do throws(StoreError) {
            return try await store.revisions().reversed().map { revision in
                .revision(RevisionSnapshot(revision, current: revision.number == current, signature: word(revision, seal)))
            }
        } catch {
            throw ControlRefusal(error)
        }
    }

    static func files(
        of number: Int, _ store: any RevisionStore, isolation: isolated (any Actor)? = #isolation
    ) async throws(ControlRefusal) -> [ControlPart] {
        let files: [TableFile]?
        do throws(StoreError) {
            files = try await store.files(of: number)
        } catch {
            throw ControlRefusal(error)
        }
        guard let files else { throw .noRevision(number) }
        return files.flatMap(ControlPart.contents)
    }

    /// About the signature only; the bytes are looked at when they are used.
    private static func word(_ revision: Revision, _ seal: TableSeal?) -> String? {
        guard let seal else { return revision.signature == nil ? nil : "unchecked" }
        return revision.signature == nil ? "missing" : seal.accepts(revision) ? "valid" : "wrong"
    }
}
