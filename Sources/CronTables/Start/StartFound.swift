internal import CronJobs
internal import Crontabs

/// What a start found in the table's files, read and compiled.
struct StartFound {
    let survey: TableSurvey
    let compiled: CompiledTable
    /// Files whose content is refused, with the reason.
    let refused: [String: String]
    /// The files that may be used.
    let files: [TableFile]
    /// Of these.
    let hash: String

    var snapshot: TableSnapshot { survey.snapshot }

    init(_ survey: TableSurvey, _ situation: TableSituation) {
        self.survey = survey
        compiled = situation.compiler.compile(survey.snapshot.files)
        let refused = situation.unusable(compiled)
        self.refused = refused
        files = survey.snapshot.files.filter { refused[$0.path] == nil }
        hash = TableHash.hash(files)
    }

    /// Some of it exists and must not be used.
    var refusesAny: Bool { !refused.isEmpty || snapshot.problems.contains { $0.kind == .refused } }

    /// Says what is refused; answers the reasons.
    @discardableResult
    func sayRefused(hasOther: Bool, _ situation: inout TableSituation) -> String {
        situation.note(refused: refused, among: Set(refused.keys), diagnosed: compiled, hasOther: hasOther)
        let reasons = refused.sorted { $0.key < $1.key }.map(\.value) + snapshot.problems.map { "\($0.path) \($0.message)" }
        return reasons.joined(separator: "; ")
    }

    /// Named files that are not there and that no start has yet explained, with the words for them.
    func missing(_ source: TableSource, newest: [TableFile]?) -> [(path: String, reason: String)] {
        guard !source.waits else { return [] }
        return source.files.compactMap { path in
            if newest?.contains(where: { $0.path == path }) ?? false { return nil }
            if let problem = snapshot.problems.last(where: { $0.path == path && $0.kind != .refused }) {
                return (path, "\(path) \(problem.message)")
            }
            return survey.missing[path].map { (path, $0) }
        }
    }

    /// Each path as the merge sees it.
    func paths(_ past: StartMerge.Past, newest: [TableFile], _ situation: inout TableSituation) -> [FoundFile] {
        let named = Set(situation.source.files)
        var found = snapshot.files.map { file in
            let identity = snapshot.identity(of: file.path)
            let isKnown = identity != nil && past.host?.left[file.path]?.contains { $0.inode == identity?.inode } ?? false
            return FoundFile(
                path: file.path, file: file, text: NewestFile(file, hash: situation.hash(file)).text,
                hasEntries: Crontab.containsEntries(bytes: file.content), isNamed: named.contains(file.path),
                isFixed: survey.readOnly.contains(file.path), identity: identity, isRefused: refused[file.path] != nil,
                isMounted: survey.isMounted(file.path, isKnownFile: isKnown))
        }
        for path in snapshot.absent { found.append(FoundFile(path: path, isMounted: survey.isMounted(path, isKnownFile: true))) }
        let problems = Dictionary(snapshot.problems.map { ($0.path, $0.kind) }, uniquingKeysWith: { first, _ in first })
        for (path, kind) in problems {
            switch kind {
            case .folder where named.contains(path): found.append(FoundFile(path: path))
            case .leadsNowhere where !named.contains(path): break
            case .folderOfDropIns:
                let there = newest.filter { TableSource.folder(of: $0.path) == path }
                found += there.map { FoundFile(path: $0.path, isNamed: false, isRefused: true) }
            default: found.append(FoundFile(path: path, isNamed: named.contains(path), isRefused: true))
            }
        }
        return found
    }
}
