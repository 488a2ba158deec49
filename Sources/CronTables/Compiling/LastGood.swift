public import CronJobs
internal import Crontabs

// The last good version of a bad line.
//
// A typo in one line must not stop its job. A bad line of the new content keeps what ran in its place before: the job of the same name, else
// the job of the old line that a line diff pairs with it. Since every content is a revision, nothing else need be remembered: what ran before
// is computed from the revisions, also after a restart. A line without a partner does not run. A line that was an assignment keeps what it
// reached at its last good version (BrokenAssignments).

/// A content and what runs of it, as far as the next content needs to know.
public struct AppliedTable: Sendable {
    public var files: [TableFile]
    public var compiled: CompiledTable

    public init(files: [TableFile], compiled: CompiledTable) {
        self.files = files
        self.compiled = compiled
    }
}

/// Finds what ran where a bad line stands now.
public enum LastGood {
    /// Adds to `table` the last good versions of its bad lines, taken from `previous`, and marks them stale.
    ///
    /// - Parameter holdsForWholeFile: whether an assignment of that file holds for lines above it, too.
    public static func fill(
        _ table: inout CompiledTable, files: [TableFile], from previous: AppliedTable,
        holdsForWholeFile: (TableFile) -> Bool = { _ in false }
    ) {
        let taken = Set(table.jobs.map(\.id))
        var fill = Fill(previous: previous, taken: taken)
        for (number, file) in files.enumerated() {
            let faults = table.faults.filter { $0.place.file == Int32(truncatingIfNeeded: number) }
            if table.refused.contains(file.path) {
                fill.keepAll(of: file.path, at: Int32(truncatingIfNeeded: number))
            } else if !faults.isEmpty {
                fill.pair(faults, in: file)
            }
        }
        for (job, place) in fill.found {
            table.jobs.append(job)
            table.places.append(place)
            table.stale.insert(job.id)
            table.staleSchedules[job.id] = previous.compiled.schedule(of: job.id, in: previous.files)
        }
        keepAssignments(in: &table, files, previous, wholeFile: holdsForWholeFile)
    }

    private static func keepAssignments(
        in table: inout CompiledTable, _ files: [TableFile], _ previous: AppliedTable, wholeFile: (TableFile) -> Bool
    ) {
        for (number, file) in files.enumerated() {
            let badLines = table.faults.filter { Int($0.place.file) == number }.map(\.place.line)
            guard !badLines.isEmpty, let old = previous.files.firstIndex(where: { $0.path == file.path }),
                previous.compiled.paths.indices.contains(old)
            else { continue }
            let broken = BrokenAssignments(
                old: previous.files[old], new: file, previous: previous.compiled, oldIndex: Int32(truncatingIfNeeded: old),
                newIndex: Int32(truncatingIfNeeded: number), holdsForWholeFile: wholeFile(previous.files[old]))
            broken.keep(badLines.sorted(), in: &table)
        }
    }

    private struct Fill {
        let previous: AppliedTable
        var taken: Set<JobID>
        var found: [(Job, CompiledTable.Place)] = []

        mutating func keepAll(of path: String, at number: Int32) {
            guard let old = previous.compiled.paths.firstIndex(of: path) else { return }
            for (job, place) in zip(previous.compiled.jobs, previous.compiled.places) where Int(place.file) == old {
                keep(job, at: .init(file: number, line: place.line))
            }
        }

        mutating func pair(_ faults: [CompiledTable.Fault], in file: TableFile) {
            var unnamed: [CompiledTable.Fault] = []
            for fault in faults {
                if let name = fault.name, let job = previous.compiled.jobs.first(where: { $0.id == JobID(name) }) {
                    keep(job, at: fault.place)
                } else {
                    unnamed.append(fault)
                }
            }
            guard !unnamed.isEmpty, let old = previous.compiled.paths.firstIndex(of: file.path) else { return }
            var jobs: [Int32: Job] = [:]
            for (job, place) in zip(previous.compiled.jobs, previous.compiled.places) where Int(place.file) == old {
                jobs[place.line] = job
            }
            let pairs = LastGoodPairing.pair(
                old: BrokenAssignments.lines(previous.files[old]), new: BrokenAssignments.lines(file),
                badNewLines: unnamed.map { Int($0.place.line) })
            for fault in unnamed {
                guard let line = pairs[Int(fault.place.line)], let job = jobs[Int32(truncatingIfNeeded: line)] else { continue }
                keep(job, at: fault.place)
            }
        }

        private mutating func keep(_ job: Job, at place: CompiledTable.Place) {
            guard taken.insert(job.id).inserted else { return }
            found.append((job, place))
        }
    }
}
