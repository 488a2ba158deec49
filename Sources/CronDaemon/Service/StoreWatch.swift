internal import CronJobs
internal import LinuxEvents

// How the store does: whether it answers, has room, and can be kept in order.
//
// A store on a full volume was opened and locked, so what it holds counts: marks, pauses, revisions. What cannot be entered waits, and nothing is
// started meanwhile; the service never goes on without it. A server that is silent is given up by its client; a file's volume is waited for as
// long as it takes.

actor StoreWatch {
    private let context: ServiceContext
    private let store: StoreOpening
    private nonisolated let answers: AnswerWatch
    private var isFullSaid = false
    /// Why it could not be written at the last minute, whether a job was due or not.
    private(set) var trouble: String?

    nonisolated var unownedExecutor: UnownedSerialExecutor { context.loop.asUnownedSerialExecutor() }

    init(_ context: ServiceContext, _ store: StoreOpening) {
        self.context = context
        self.store = store
        let log = context.log
        answers = AnswerWatch(loop: context.loop, seconds: 5) { event in
            switch event {
            case .silent:
                log.error(
                    "the store does not answer; jobs wait until it does", .text("store", store.place.description),
                    .text("remedy", "check that its volume can be reached and takes writes"))
            case .answers(let length): log.info("the store answers again", .number("after_ms", length.wholeMilliseconds))
            }
        }
    }

    /// Told when the store is asked; what it answers is to be called, on the loop, when the store has answered.
    nonisolated var asking: @Sendable () -> @Sendable () -> Void {
        if store.ledger.shared != nil { return { {} } }
        return { [answers] () -> @Sendable () -> Void in
            let ticket = answers.begin()
            return { answers.end(ticket) }
        }
    }

    /// Says once that the store's volume is full.
    func noteRoom() async {
        guard await store.isWithoutRoom(), !isFullSaid else { return }
        isFullSaid = true
        context.log.error(
            "the store's volume is full: nothing is started until there is room", .text("store", store.place.description),
            .text("remedy", "free space on its volume"))
    }

    func prune(storeIsDown: Bool) async {
        do {
            try await store.ledger.prune(context.configuration.retention, now: context.clocks.wall)
            trouble = nil
        } catch {
            // Where the store is known to fail, that was said.
            let isKnown = storeIsDown || trouble == error.message
            if !isKnown { context.log.error("history cannot be pruned", .text("reason", error.message)) }
            trouble = error.message
        }
    }

    /// Of a large store the start looked at what decides only: the rest is read now, beside all else.
    func lookForDamage() async {
        guard let damage = await store.damage() else { return }
        let feature = ReducedFeature(
            what: "store", reason: "it is damaged: \(damage)",
            remedy: "restart the service: it sets the file aside, and begins a new one without its history and marks")
        context.reduced.add(feature)
        context.log.error("the store is damaged", .text("reason", damage), .text("remedy", feature.remedy))
    }
}
