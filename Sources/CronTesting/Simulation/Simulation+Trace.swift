internal import CronExpressions
internal import CronJobs

// What happens, in words. A line names whatever it is about, so that a search for a run's name finds its life.

extension Simulation {
    func say(_ what: @autoclosure () -> String) {
        guard let trace else { return }
        let number = String(time / 1_000_000)
        trace("\(String(repeating: " ", count: max(0, 7 - number.count)))\(number) ms  \(what())")
    }

    func say(_ node: Int, _ what: @autoclosure () -> String) {
        guard trace != nil else { return }
        say("n\(node)-\(nodes[node].life) \(what())")
    }

    /// What a node tells a ledger that it reached anew.
    func sayMemory(of node: Int) {
        guard trace != nil else { return }
        for (name, held) in nodes[node].memory.held.sorted(by: { $0.value.row.fence < $1.value.row.fence }) {
            say(node, "tells of \(name) under \(held.row.fence)")
        }
        for entry in nodes[node].memory.recorded { say(node, "tells of \(entry.name) as \(entry.row.record.outcome ?? .unconfirmed)") }
    }

    /// What the ledger answered.
    func say(_ call: LedgerCall, _ reply: LedgerCall.Reply) {
        guard trace != nil else { return }
        let who = call.caller.node
        switch (call.question, reply) {
        case (.claim(let claims, _, _), .claims(.answers(let answers), _, _)):
            for (claim, answer) in zip(claims, answers) { say("\(who) claims \(claim.name) from \(claim.first.seconds): \(answer)") }
        case (.skip(let skips, _), _):
            for skip in skips { say("\(who) skips \(skip.job) \(skip.first.seconds)-\(skip.last.seconds), \(skip.outcome): \(reply)") }
        case (.start(let starts), _): for start in starts { say("\(who) notes the start of \(start.name) under \(start.fence)") }
        case (.finish(let finishes), .finished(let recorded)):
            for (finish, isRecorded) in zip(finishes, recorded) {
                say("\(who) finishes \(finish.name) under \(finish.fence), \(finish.outcome): \(isRecorded)")
            }
        case (_, .renewed(let renewal, _, let view)):
            say("\(who) renews, with \(view.nodes)")
            for run in renewal.lost { say("\(who) has lost \(run.name) under \(run.fence)") }
        case (_, .swept(let runs)): for run in runs { say("\(who) takes over \(run.name) under \(run.fence)") }
        case (.gate(let start), .gated(let answer)):
            say("\(who) asks for \(start.name) under \(start.fence): \(answer.map { "\($0)" } ?? "not yet")")
        case (_, .marks(let marks)): say("\(who) hears where \(marks.count) jobs stand")
        case (_, .found(let histories)): say("\(who) looks for what is to be tried again of \(histories.count) jobs")
        case (_, .records(let records)): say("\(who) looks at \(records.count) runs")
        default: say("\(who) \(call.question.point): \(reply)")
        }
    }
}

extension ModelNode.Name: CustomStringConvertible {
    /// As in the store: `job@1700000000#1`.
    var description: String { "\(run)#\(attempt)" }
}

extension Claim { fileprivate var name: ModelNode.Name { .init(run: run, attempt: attempt) } }
extension Start { fileprivate var name: ModelNode.Name { .init(run: run, attempt: attempt) } }
extension Finish { fileprivate var name: ModelNode.Name { .init(run: run, attempt: attempt) } }
extension OpenRun { fileprivate var name: ModelNode.Name { .init(run: run, attempt: attempt) } }
