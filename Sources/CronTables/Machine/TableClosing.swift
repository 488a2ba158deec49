internal import CronJobs

// The end of an occasion: what this host's services found and left is entered for later starts, and the legacy service's cache gets the table.
//
//     begins ─▶ joining ─▶ setting ─▶ caching ─▶ over, or new times for the table in use
//
// Neither is worth an occasion: what fails here is tried again with the next change.

struct TableClosing {
    private enum Step {
        case begins
        case joining
        case setting([String: FileIdentity])
        case caching
    }

    let outcome: TableMachine.Outcome
    /// What was found and left is to be entered.
    var enters = true
    /// This start's bases are the host's from now on; a service that runs leaves those of the last start as they are.
    var isStart = false
    /// Files that are another image's than at the host's last start.
    var replaced: Set<String> = []
    /// What goes into the legacy service's cache.
    var cached: [TableFile]?
    /// The files hold what is in use: it may be time for new times.
    var renews = false
    private var step = Step.begins

    init(
        _ outcome: TableMachine.Outcome, enters: Bool = true, isStart: Bool = false, replaced: Set<String> = [], cached: [TableFile]? = nil,
        renews: Bool = false
    ) {
        self.outcome = outcome
        self.enters = enters
        self.isStart = isStart
        self.replaced = replaced
        self.cached = cached
        self.renews = renews
    }

    mutating func begin(_ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        guard enters else { return cache(&situation) }
        situation.noteFound()
        let left = situation.ownFiles
        guard isStart || !situation.bases.isWritten(left) else { return cache(&situation) }
        step = .joining
        return .ask(.bases(of: situation.sharing.host))
    }

    mutating func go(on answer: TableMachine.Answer, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        switch (step, answer) {
        case (.joining, .bases(let stored)): return join(stored.host.flatMap { TableBase($0) }, &situation, now)
        case (.setting(let left), .done): situation.bases.noteWritten(left, at: now.wall)
        case (.caching, .done):
            situation.noteLegacyWritten()
            return over
        case (.caching, .failed(let error)):
            situation.say(.legacy(.notWritten(reason: error.message)))
            return over
        case (.caching, _): return over
        default: break
        }
        return cache(&situation)
    }

    private mutating func join(_ stored: TableBase?, _ situation: inout TableSituation, _ now: TableMoment) -> TableMachine.Turn {
        let left = situation.ownFiles
        let text: String
        if situation.isServed {
            guard
                situation.bases.join(stored, isStart: isStart, left: left, replaced: replaced, of: situation.source)
            else {
                situation.bases.noteWritten(left, at: now.wall)
                return cache(&situation)
            }
            text = situation.bases.base.text
        } else {
            // Without a service the bases stay as the last start left them, and so do others' files.
            guard var base = stored else { return cache(&situation) }
            for (path, identity) in situation.settled.identities { base.leave(path, identity, insteadOf: nil) }
            text = base.text
        }
        step = .setting(left)
        return .ask(.setBase(text, of: situation.sharing.host))
    }

    private mutating func cache(_ situation: inout TableSituation) -> TableMachine.Turn {
        guard let cached, let text = situation.exportLegacy(cached) else { return over }
        step = .caching
        return .ask(.setCache(text))
    }

    private var over: TableMachine.Turn { renews ? .renew : .done(outcome) }
}
