internal import CronExpressions
internal import CronJobs
internal import CronTables

/// Answers about the table's past, the same from a running service and from a store that nobody holds.
enum RevisionAnswers {
    static func answer(
        _ request: ControlRequest, _ store: any RevisionStore, seal: TableSeal?, current: Int?,
        isolation: isolated (any Actor)? = #isolation
    ) async -> ControlResponse {
        var response = ControlResponse()
        do {
            switch request.verb {
            case .tableLog:
                response.revisions = try await store.revisions().reversed().map { revision in
                    ControlResponse.RevisionLine(
                        number: revision.number, createdAt: revision.createdAt.instant.rfc3339UTC(), origin: revision.origin.rawValue,
                        hash: revision.hash, intact: revision.intact, current: revision.number == current, signature: word(revision, seal),
                        host: revision.host, author: revision.author)
                }
            case .tableShow:
                guard let number = request.revision, let files = try await store.files(of: number) else {
                    return .noRevision(request.revision)
                }
                response.files = files.map { ControlResponse.File(path: $0.path, base64: ControlCoding.base64($0.content)) }
            case .status, .reload, .pause, .resume, .tableRestore, .tableList:
                return ControlResponse(error: "this needs a running service")
            }
        } catch {
            return ControlResponse(error: error.message)
        }
        return response
    }

    /// About the signature only; the bytes are looked at when they are used.
    private static func word(_ revision: Revision, _ seal: TableSeal?) -> String? {
        guard let seal else { return revision.signature == nil ? nil : "unchecked" }
        return revision.signature == nil ? "missing" : seal.accepts(revision) ? "valid" : "wrong"
    }
}
