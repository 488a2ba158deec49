internal import CronExpressions
internal import CronJobs

// The same text means other times when zone data changes, and when `a~b` is drawn from another seed: then the table in use is loaded again.
// Where a revision's file could not be written, the files hold another content: so not theirs.
//
//     [fetching] ─▶ loading ─▶ over

struct TableRenewal {
    private enum Step {
        case fetching
        case loading(TableLoading)
    }

    private var step = Step.fetching

    mutating func begin(_ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        guard situation.meansOtherTimes else { return .done(.unchanged) }
        if let question = situation.questionOfFiles { return .ask(question) }
        return load(situation.inUse.files, &situation, now)
    }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        switch (step, answer) {
        case (.fetching, .files(let files)): return load(files, &situation, now)
        case (.fetching, .failed(let error)): return again(error, &situation)
        case (.loading(var loading), _):
            do throws(StoreError) {
                let question = try loading.go(on: answer, situation)
                if question == nil { return adopt(&loading, &situation) }
                step = .loading(loading)
                return question.map { .ask($0) } ?? .done(.unchanged)
            } catch {
                return again(error, &situation)
            }
        default: return .done(.unchanged)
        }
    }

    private mutating func load(
        _ files: [TableFile]?, _ situation: inout TableSituation, _ now: TableMoment
    ) -> TableMachine.Turn {
        guard let files, let number = situation.inUse.number else {
            situation.keepTimes()
            return .done(.unchanged)
        }
        let compiled = situation.compiled(files)
        guard situation.unusable(compiled).isEmpty else {
            situation.keepTimes()
            return .done(.unchanged)
        }
        situation.sayDrawnAnew(files, compiled)
        let loading = TableLoading(files, compiled, since: now.wall.instant, after: number - 1)
        step = .loading(loading)
        return .ask(loading.begin())
    }

    private func adopt(_ loading: inout TableLoading, _ situation: inout TableSituation) -> TableMachine.Turn {
        let inUse = situation.inUse
        loading.become(inUse.revision)
        situation.take(loading.table, loading.files, hash: inUse.hash, restored: inUse.restored)
        return .done(.changed(loading.table))
    }

    private func again(_ error: StoreError, _ situation: inout TableSituation) -> TableMachine.Turn {
        situation.say(.zonesWait(reason: "\(error)"), onceFor: "zones wait: \(error)")
        return .done(.unsettled(.seconds(1)))
    }
}
