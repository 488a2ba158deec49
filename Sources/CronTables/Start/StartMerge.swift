public import CronJobs

/// The table of a start: each file's choice, and the mixture that follows.
public struct StartMerge: Sendable {
    /// Which side was taken for a path.
    public struct Decision: Sendable {
        public var path: String
        public var choice: FileChoice
    }

    /// What is known of the past, besides the newest revision.
    public struct Past: Sendable {
        /// What this host's services found and left; `nil` where none is known.
        public var host: TableBase?
        /// What the newest deployment found.
        public var deployment: TableBase?
        /// The drop-in folders as they are now.
        public var folders: [String: FolderIdentity] = [:]
        /// Those of them that nothing can be written to.
        public var fixedFolders: Set<String> = []
        /// The newest revision was read from the legacy cache: whether it is used for that path.
        public var legacy: (path: String, usesCache: Bool)?

        public init(host: TableBase? = nil, deployment: TableBase? = nil) {
            self.host = host
            self.deployment = deployment
        }

        func base(of path: String) -> FileFacts.Base { (host ?? deployment)?.base(of: path) ?? .unknown }
    }

    /// The mixture, in no order.
    public private(set) var files: [TableFile] = []
    public private(set) var decisions: [Decision] = []
    /// Files that get the newest revision's content.
    public private(set) var written: [TableFile] = []
    /// Drop-in files that go, because the newest revision does not have them.
    public private(set) var removed: [String] = []
    /// What was found here, for later starts.
    public private(set) var base = TableBase()
    /// Files that are another image's than at the host's last start: what services left of earlier ones says nothing any more.
    public private(set) var replaced: Set<String> = []

    /// - Parameter newest: the newest revision's files that are files of this table; `nil` where there is no revision.
    public init(_ found: [FoundFile], newest: [NewestFile]?, past: Past, policy: StartPolicy) {
        let newestFiles = Dictionary((newest ?? []).map { ($0.file.path, $0) }, uniquingKeysWith: { first, _ in first })
        let foundPaths = Set(found.map(\.path))
        let absent = newestFiles.keys.filter { !foundPaths.contains($0) }.sorted()
        let gone = absent.map { FoundFile(path: $0, isNamed: false, isFixed: past.fixedFolders.contains(Self.folder(of: $0))) }
        for item in found + gone {
            take(item, newestFiles[item.path], hasNewest: newest != nil, past, policy)
        }
    }

    private mutating func take(_ item: FoundFile, _ newest: NewestFile?, hasNewest: Bool, _ past: Past, _ policy: StartPolicy) {
        let isLeft = past.host?.isLeft(item.path, item.identity, holdsNewest: newest?.text == item.text) ?? false
        note(item, isLeft: isLeft, past)
        if item.isRefused {
            // Its last good version goes on.
            if let newest { files.append(newest.file) }
            return
        }
        let choice: FileChoice
        if !hasNewest {
            choice = FileChoice(.first, usesNewest: false)
        } else if policy != .auto {
            choice = FileChoice(.forced, usesNewest: policy == .store && (!item.isNamed || newest != nil))
        } else if let legacy = past.legacy, legacy.path == item.path, newest?.text != item.text, !item.isFixed {
            choice = FileChoice(.legacy, usesNewest: legacy.usesCache, warns: !legacy.usesCache)
        } else {
            choice = .choose(facts(item, newest, isLeft: isLeft, past))
        }
        decisions.append(Decision(path: item.path, choice: choice))
        if !isLeft, choice.row == .changed || past.host.map({ $0.base(of: item.path) != base.base(of: item.path) }) ?? false {
            replaced.insert(item.path)
        }
        guard choice.usesNewest else {
            if let file = item.file { files.append(file) }
            return
        }
        if let newest {
            files.append(newest.file)
            if newest.text != item.text { written.append(newest.file) }
        } else if item.file != nil {
            removed.append(item.path)
        }
    }

    private func facts(_ item: FoundFile, _ newest: NewestFile?, isLeft: Bool, _ past: Past) -> FileFacts {
        let folder = Self.folder(of: item.path)
        return FileFacts(
            isNamed: item.isNamed, found: item.text, hasEntries: item.hasEntries, isFixed: item.isFixed, isLeft: isLeft,
            wasSeenHere: past.host?.saw(item.path, in: folder, past.folders[folder]) ?? false, newest: newest?.text ?? .absent,
            base: item.isMounted ? .unknown : past.base(of: item.path))
    }

    /// Enters what was found as the image's, unless a service left it there. What is refused is neither.
    private mutating func note(_ item: FoundFile, isLeft: Bool, _ past: Past) {
        if item.isRefused || isLeft {
            base.setBase(past.base(of: item.path), of: item.path)
        } else if item.isMounted {
            base.setBase(.unknown, of: item.path)
        } else {
            base.setBase(.known(item.text), of: item.path)
        }
    }

    static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return String(path[..<slash])
    }
}

/// `--on-start`: which side a start uses.
public enum StartPolicy: String, Sendable, CaseIterable {
    case auto, file, store
}
