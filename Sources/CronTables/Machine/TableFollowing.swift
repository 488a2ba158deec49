internal import CronExpressions
internal import CronJobs
internal import Crontabs

// Following: a newer revision that somebody else published under this name is applied as `crond table restore` would, but published by nobody.
//
//     standing ─▶ [searching ─▶ judging ─▶ permitting ─▶ loading ─▶ reading ─▶ writing] ─▶ over
//         │           │            │           │                      │
//         │           └────────────┴── none that may be used          └── an edit of our own: looked at first
//         │                        │ of what was lost                     its deployer's table: passed by
//         └── putting back ◀───────┘
//
// An edit of this table's own comes first: as long as the files hold something that is no revision yet, nothing is written over it. Between
// the answers `snapshot` and `written` no other look comes in between.
//
// A store that was emptied, or set back to an earlier state, does not have what its services run. Whoever runs the newest revision publishes it
// again, once: it is appended after the very revision that was seen there, and the others find it and take its number.

struct TableFollowing {
    private enum Step {
        case standing
        case searching
        case judging(Revision, newest: Int)
        case permitting(Revision, [TableFile])
        case loading(TableLoading, Revision)
        case reading(LoadedTable)
        case writing(LoadedTable, TablePlacing)
        case puttingBack(Revision, [TableFile], after: Int)
    }

    private var step = Step.standing
    /// The newest number in the store.
    private var newest = 0
    /// The store does not have what is in use.
    private var isLost = false
    private var files: [TableFile] = []

    func begin(_ situation: TableSituation) -> TableMachine.Turn {
        situation.sharing.isShared ? .ask(.standing(of: situation.following.greatest)) : .done(.unchanged)
    }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        switch (step, answer) {
        case (.standing, .standing(let standing)): return decide(standing, &situation)
        case (.searching, .newest(let found)): return judge(found, &situation)
        case (.judging(let revision, let number), .judged(.refused(let why))):
            situation.report([(revision.number, why)])
            return passOver(number, &situation)
        case (.judging(let revision, _), .judged(.usable(let files))): return take(revision, files, &situation)
        case (.permitting(let revision, let files), .path(let readOnly)):
            guard let readOnly else { return load(revision, files, &situation, now) }
            // A table that the service cannot write belongs to whoever deploys it.
            situation.say(.notFollowed(readOnly: readOnly), onceFor: "not followed: \(readOnly)")
            return passBy(&situation)
        case (.loading(var loading, let revision), _):
            guard let question = try? loading.go(on: answer, situation) else {
                guard loading.isWhole else { return over }
                loading.become(revision)
                step = .reading(loading.table)
                return .ask(.read)
            }
            step = .loading(loading, revision)
            return .ask(question)
        case (.reading(let table), .snapshot(let snapshot)): return place(table, snapshot, &situation)
        case (.writing(let table, let placing), .written(let failures, let snapshot)):
            return adopt(table, placing, failures, snapshot, &situation, now)
        case (.puttingBack(let lost, let files, let newest), _): return putBack(answer, lost, files, newest, &situation)
        // What fails here is tried again the next time; that the store fails is said by who needs it.
        default: return over
        }
    }

    private mutating func decide(_ standing: RevisionStanding, _ situation: inout TableSituation) -> TableMachine.Turn {
        newest = standing.newest ?? 0
        let hash = situation.inUse.files.map { _ in situation.inUse.hash }
        isLost = hash != nil && standing.hash != hash
        if isLost { situation.bases.forgetWritten() }
        situation.following.meet(newest, isLost: isLost)
        let following = situation.following
        let decision = FollowDecision.decide(
            standing, inUse: following.greatest, hash: hash, lookedAt: following.lookedAt, lostAt: following.lostAt)
        if !situation.sharing.follows { situation.following.passBy(newest) }
        switch decision {
        case .stay: return .done(.unchanged)
        case .putBack: return putBack(after: newest, &situation)
        case .look:
            guard situation.sharing.follows || isLost else { return .done(.unchanged) }
            step = .searching
            return .ask(.newest)
        }
    }

    // MARK: Following

    private mutating func judge(_ found: RevisionTrust.Newest, _ situation: inout TableSituation) -> TableMachine.Turn {
        situation.report(found.refused)
        guard let revision = found.revision, revision.number > situation.following.greatest else {
            return passOver(found.number, &situation)
        }
        step = .judging(revision, newest: found.number)
        return .ask(.judge(revision))
    }

    /// What may not be used does not stand for what was lost.
    private mutating func passOver(_ number: Int, _ situation: inout TableSituation) -> TableMachine.Turn {
        situation.following.look(at: newest)
        return isLost ? putBack(after: number, &situation) : .done(.unchanged)
    }

    private mutating func take(_ revision: Revision, _ files: [TableFile], _ situation: inout TableSituation) -> TableMachine.Turn {
        if isLost { situation.following.stand(at: newest) }
        if situation.inUse.files != nil, revision.hash == situation.inUse.hash {
            // The same content under another number: nothing changes here.
            situation.take(revision)
            situation.following.look(at: newest)
            return .close(TableClosing(.unchanged))
        }
        guard situation.sharing.follows else { return passBy(&situation) }
        step = .permitting(revision, files)
        return .ask(.readOnlyFile)
    }

    private func passBy(_ situation: inout TableSituation) -> TableMachine.Turn {
        situation.following.passBy(newest)
        return over
    }

    private mutating func load(
        _ revision: Revision, _ files: [TableFile], _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        let compiled = situation.compiled(files), unusable = situation.unusable(compiled)
        guard unusable.isEmpty else {
            situation.following.look(at: newest)
            situation.refuse(unusable, compiled, hasOther: true)
            return over
        }
        self.files = files
        let since = max(revision.createdAt.instant, situation.lastCheck?.instant ?? revision.createdAt.instant)
        let loading = TableLoading(files, compiled, since: min(now.wall.instant, since), after: situation.inUse.number ?? 0)
        step = .loading(loading, revision)
        return .ask(loading.begin())
    }

    private mutating func place(
        _ table: LoadedTable, _ snapshot: TableSnapshot, _ situation: inout TableSituation
    ) -> TableMachine.Turn {
        let look = situation.compare(snapshot), wanted = SettledFiles(files) { situation.hash($0) }
        // An edit that was not looked at yet comes first.
        guard !look.changed.contains(where: { look.there.hashes[$0] != wanted.hashes[$0] }) else { return .done(.unsettled(.zero)) }
        situation.report(table.compiled)
        let placing = TablePlacing(
            whole: files, over: snapshot, revision: table.revision?.number ?? 0, sparing: Set(situation.faults.refused.map(\.path)),
            of: situation.source)
        step = .writing(table, placing)
        return .ask(placing.question)
    }

    private func adopt(
        _ loaded: LoadedTable, _ placing: TablePlacing, _ failures: [String: FileReplacement.Failure], _ snapshot: TableSnapshot,
        _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        var table = loaded
        let previous = situation.inUse.number
        situation.put(&table, files, hash: table.revision?.hash ?? "", placing, failures, snapshot)
        situation.following.look(at: newest)
        situation.say(.followed(revision: table.revision?.number ?? 0, previous: previous))
        situation.forgetLegacy()
        situation.lastCheck = now.wall
        return .close(TableClosing(.changed(table)))
    }

    // MARK: Putting back

    private mutating func putBack(after newest: Int, _ situation: inout TableSituation) -> TableMachine.Turn {
        let inUse = situation.inUse
        guard let files = inUse.files, let lost = inUse.revision, lost.number == situation.following.greatest,
            situation.following.putsBack()
        else { return .done(.unchanged) }
        step = .puttingBack(lost, files, after: newest)
        let base = situation.bases.deployment ?? situation.bases.base.text
        return .ask(situation.publishing(files, lost.hash, .restored, after: newest, base: base))
    }

    private func putBack(
        _ answer: TableMachine.Answer, _ lost: Revision, _ files: [TableFile], _ newest: Int, _ situation: inout TableSituation
    ) -> TableMachine.Turn {
        switch answer {
        case .published(let revision):
            // The store has lost this host's, too.
            situation.bases.forgetWritten()
            situation.take(revision)
            situation.say(.publishedAgain(revision: revision.number, lost: lost.number, found: newest))
            situation.forgetLegacy()
            return .close(TableClosing(.unchanged, cached: files))
        case .failed(let error) where error.code != .overtaken:
            situation.say(.notPublishedAgain(reason: error.message), onceFor: "not published again: \(error.message)")
            return .done(.unchanged)
        // Somebody else was faster: looked at again the next time.
        default: return .done(.unchanged)
        }
    }

    /// Nothing is followed now. A store that has lost the table has lost what this host's services left, too.
    private var over: TableMachine.Turn { .close(TableClosing(.unchanged, enters: isLost)) }
}
