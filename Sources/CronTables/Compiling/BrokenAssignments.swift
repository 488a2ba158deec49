internal import CronJobs
internal import Crontabs

// A broken assignment must not start the lines below it with the variable missing. Its last good version is the assignment that it was before;
// what that reached, below it and above the next one of its name, stays at its last good version, too:
//
//      old                    new                          runs
//      TARGET="prod"          TARGET="prod" # the live one  –
//      1 * * * * deploy       2 * * * * deploy              the old line, with TARGET=prod; stale
//                             3 * * * * check               the new line, with TARGET=prod
//
// What a broken assignment reaches is carried from revision to revision, as long as the line is broken.

/// The assignments of one file that are broken, and what their last good versions reached.
struct BrokenAssignments {
    let old: TableFile
    let new: TableFile
    let previous: CompiledTable
    /// The old file's index in the previous table, the new one's in the new.
    let oldIndex: Int32
    let newIndex: Int32
    /// The last assignment of each name holds for the whole file.
    let holdsForWholeFile: Bool

    /// Replaces in `table` what the broken ones among these lines reached.
    func keep(_ badLines: [Int32], in table: inout CompiledTable) {
        let newLines = Self.lines(new)
        let now = AssignmentLines(of: new.content).lines, before = AssignmentLines(of: old.content).lines
        var shaped: [Int32] = [], others: [Int32] = []
        for number in badLines where newLines.indices.contains(Int(number) - 1) {
            let text = newLines[Int(number) - 1]
            if let broken = known(text) ?? lost(text, number, now, before, newLines) {
                keep(broken.name, broken.reaches, from: number, now, in: &table)
            } else if AssignmentLines.isBroken(text) {
                shaped.append(number)
            } else {
                others.append(number)
            }
        }
        // An assignment whose very name was broken: where as many are gone as are broken, in their order.
        let kept = Set(newLines), oldLines = Self.lines(old)
        let gone = before.filter { !kept.contains(oldLines[$0.number - 1]) && !now.map(\.name).contains($0.name) }
        if gone.count == shaped.count {
            for (line, number) in zip(gone, shaped) { keep(line.name, reach(line, before), from: number, now, in: &table) }
        } else {
            others = (shaped + others).sorted()
        }
        keepByPlace(others, gone.map { ($0.number, $0.name, reach($0, before)) }, oldLines, newLines, now, in: &table)
    }

    /// Bad lines of any shape (`export T=prod`) that stand where an assignment is gone, or where a broken one was.
    private func keepByPlace(
        _ badLines: [Int32], _ gone: [(number: Int, name: String, reaches: Set<JobID>)], _ oldLines: [String], _ newLines: [String],
        _ now: [AssignmentLines.Line], in table: inout CompiledTable
    ) {
        let broken = previous.brokenAssignments.filter { $0.place.file == oldIndex }
        let found = Set(table.brokenAssignments.filter { $0.place.file == newIndex }.map(\.name))
        let candidates = (gone + broken.map { (Int($0.place.line), $0.name, $0.reaches) }).filter { !found.contains($0.name) }
        guard !candidates.isEmpty, !badLines.isEmpty else { return }
        let pairs = LastGoodPairing.pair(
            old: oldLines, new: newLines, badNewLines: badLines.map(Int.init), countsAssignments: true)
        for number in badLines {
            guard let partner = pairs[Int(number)], let line = candidates.first(where: { $0.number == partner }) else { continue }
            keep(line.name, line.reaches, from: number, now, in: &table)
        }
    }

    /// It was broken before.
    private func known(_ text: String) -> (name: String, reaches: Set<JobID>)? {
        let oldLines = Self.lines(old)
        return previous.brokenAssignments.first { broken in
            broken.place.file == oldIndex && oldLines[Int(broken.place.line) - 1] == text
        }.map { ($0.name, $0.reaches) }
            ?? AssignmentLines.name(in: text).flatMap { name in
                previous.brokenAssignments.first { $0.place.file == oldIndex && $0.name == name }.map { ($0.name, $0.reaches) }
            }
    }

    /// The old assignment of that name in the same place among those of its name.
    private func lost(
        _ text: String, _ number: Int32, _ now: [AssignmentLines.Line], _ before: [AssignmentLines.Line], _ newLines: [String]
    ) -> (name: String, reaches: Set<JobID>)? {
        guard let name = AssignmentLines.name(in: text) else { return nil }
        let above = now.count { $0.name == name && $0.number < Int(number) }
        let candidates = before.filter { $0.name == name }
        guard candidates.indices.contains(above), candidates.count > now.count(where: { $0.name == name }) else { return nil }
        return (name, reach(candidates[above], before))
    }

    private func reach(_ line: AssignmentLines.Line, _ before: [AssignmentLines.Line]) -> Set<JobID> {
        let end = before.first { $0.name == line.name && $0.number > line.number }?.number ?? Int.max
        let reached = zip(previous.jobs, previous.places).filter { _, place in
            place.file == oldIndex && (holdsForWholeFile || Int(place.line) > line.number && Int(place.line) < end)
        }
        return Set(reached.map(\.0.id))
    }

    private func keep(
        _ name: String, _ reaches: Set<JobID>, from number: Int32, _ now: [AssignmentLines.Line], in table: inout CompiledTable
    ) {
        let end = now.first { $0.name == name && $0.number > Int(number) }?.number ?? Int.max
        let below = table.places.indices.filter { index in
            let place = table.places[index]
            return place.file == newIndex && (holdsForWholeFile || place.line > number && Int(place.line) < end)
        }
        let partners = partners(of: below, table)
        let value = previous.jobs.first { reaches.contains($0.id) && $0.command?.variables[name] != nil }?.command?.variables[name]
        var reached: Set<JobID> = [], taken = Set(table.jobs.map(\.id))
        for index in below {
            let job = table.jobs[index]
            if let partner = partners[index], reaches.contains(partner.id), partner.id == job.id || taken.insert(partner.id).inserted {
                table.jobs[index] = partner
                table.stale.insert(partner.id)
                reached.insert(partner.id)
            } else if let value {
                table.jobs[index].command = job.command?.with(name, value)
            }
        }
        table.brokenAssignments.append(.init(place: .init(file: newIndex, line: number), name: name, reaches: reached))
    }

    /// What each of these jobs was before: the job of its id, else that of the line which a line diff pairs with its own.
    private func partners(of indices: [Int], _ table: CompiledTable) -> [Int: Job] {
        var byID: [JobID: Job] = [:], byLine: [Int32: Job] = [:], partners: [Int: Job] = [:]
        for (job, place) in zip(previous.jobs, previous.places) where place.file == oldIndex {
            byID[job.id] = job
            byLine[place.line] = job
        }
        for index in indices { partners[index] = byID[table.jobs[index].id] }
        let changed = indices.filter { partners[$0] == nil }
        guard !changed.isEmpty else { return partners }
        let pairs = LastGoodPairing.pair(
            old: Self.lines(old), new: Self.lines(new), badNewLines: changed.map { Int(table.places[$0].line) })
        for index in changed {
            partners[index] = pairs[Int(table.places[index].line)].flatMap { byLine[Int32(truncatingIfNeeded: $0)] }
        }
        return partners
    }

    static func lines(_ file: TableFile) -> [String] {
        file.content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }
}

extension Command {
    /// The same with another value of a variable.
    fileprivate func with(_ name: String, _ value: String) -> Command {
        let others = variables.assignments.filter { $0.name != name }
        let variables = Variables(others + [.init(name: name, value: value)])
        return Command(text: text, setting: CommandSetting(input: input, user: user, variables: variables, quiet: quiet))
    }
}
