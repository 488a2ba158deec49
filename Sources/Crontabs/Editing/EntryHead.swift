/// What stands above an entry and goes with it.
struct EntryHead: Hashable {
    /// Its `# crond:` lines (of a disabled entry its `## crond:` lines), in order.
    var directives: [Int] = []
    /// The prose directly above it.
    var comments: [Int] = []
    /// Where all of this begins: the entry itself, if there is none.
    var start: Int
}

extension LineStore {
    /// The head of the entry or bad line at an index.
    ///
    /// `# crond:` lines reach down over whatever is a comment for cron, so a disabled entry may stand between them and their entry. Prose belongs to
    /// the line that follows it.
    func head(of index: Int) -> EntryHead {
        var head = EntryHead(start: index)
        let wanted: CrontabLine.Kind = kind(index) == .disabledEntry ? .disabledDirective : .directive
        var at = index - 1, isNear = true
        walk: while at >= 0 {
            switch kind(at) {
            case wanted:
                head.directives.append(at)
                head.start = at
            case .comment where isNear:
                head.comments.append(at)
                head.start = at
            case .comment, .directive, .disabledDirective: isNear = isNear && kind(at) == .comment
            case .dialect: isNear = false
            case .disabledEntry where wanted == .directive: isNear = false
            default: break walk
            }
            at -= 1
        }
        head.directives.reverse()
        head.comments.reverse()
        return head
    }

    /// Where the directives begin that a line put in before this index would come between and their entry.
    func pendingStart(before index: Int) -> Int? {
        var at = index - 1, first: Int?
        var mayBeDisabled = true
        while at >= 0 {
            switch kind(at) {
            case .directive: first = at
            case .disabledDirective: if mayBeDisabled { first = at }
            case .disabledEntry: mayBeDisabled = false
            case .comment, .dialect: break
            default: return first
            }
            at -= 1
        }
        return first
    }

    /// The entry or bad line that `# crond:` lines right before this index belong to.
    func owner(from index: Int) -> Int? { next(from: index) { $0 == .entry || $0 == .bad } }

    /// The same for directives of either kind.
    func anyOwner(from index: Int) -> Int? { next(from: index) { $0 == .entry || $0 == .bad || $0 == .disabledEntry } }

    private func next(from index: Int, _ isWanted: (CrontabLine.Kind) -> Bool) -> Int? {
        var at = index
        while at < count {
            let kind = kind(at)
            if isWanted(kind) { return at }
            if kind == .blank || kind == .assignment || kind == .entry || kind == .bad { return nil }
            at += 1
        }
        return nil
    }
}
