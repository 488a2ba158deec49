public import CronJobs
public import Crontabs

/// A content of the table, turned into jobs; with what is wrong with it.
public struct CompiledTable: Sendable {
    /// Where a job stands in the files.
    public struct Place: Hashable, Sendable {
        public var file: Int32
        public var line: Int32
        /// Where in the file's bytes its schedule stands; empty where it is not that of the job.
        var scheduleStart: UInt32 = 0
        var scheduleLength: UInt32 = 0

        init(file: Int32, line: Int32, schedule: Range<Int> = 0..<0) {
            self.file = file
            self.line = line
            scheduleStart = UInt32(clamping: schedule.lowerBound)
            scheduleLength = UInt32(clamping: schedule.count)
        }

        /// What stands there in its file, with one blank between the fields.
        func schedule(in bytes: [UInt8]) -> String? {
            guard scheduleLength > 0, scheduleStart < bytes.count else { return nil }
            var text: [UInt8] = []
            for byte in bytes[Int(scheduleStart)...].prefix(Int(scheduleLength)) {
                if byte != 32, byte != 9 { text.append(byte) } else if let last = text.last, last != 32 { text.append(32) }
            }
            if text.last == 32 { text.removeLast() }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// A line that does not run as it stands.
    public struct Fault: Sendable {
        public var place: Place
        public var name: String?
    }

    public var paths: [String] = []
    public var jobs: [Job] = []
    public var places: [Place] = []
    /// Jobs that other hosts run, and where they stand: known, and never started here.
    public private(set) var elsewhere: [Job] = []
    private(set) var elsewherePlaces: [Place] = []
    /// Lines that do not run as they stand.
    public var faults: [Fault] = []
    public var diagnostics: [LineDiagnostic] = []
    /// An assignment that is none any more, and the jobs that its last good version reaches.
    public struct BrokenAssignment: Sendable {
        public var place: Place
        public var name: String
        public var reaches: Set<JobID>
    }

    public var brokenAssignments: [BrokenAssignment] = []
    /// Files that are refused whole.
    public var refused: [String] = []
    /// Jobs that run in their last good version.
    public var stale: Set<JobID> = []
    /// Their schedules as that version has them.
    var staleSchedules: [JobID: String] = [:]

    public init() {}

    public var hasErrors: Bool { !refused.isEmpty || diagnostics.contains(where: \.isError) }

    /// Keeps the jobs that `change` does not drop, as it answers them, with their places.
    public mutating func filter(_ change: (Job) -> Job?) { filter(change) { _, _ in } }

    /// The same, and those that are dropped are other hosts'.
    public mutating func leaveToOthers(_ change: (Job) -> Job?) {
        var others: [Job] = [], otherPlaces: [Place] = []
        filter(change) { job, place in
            others.append(job)
            otherPlaces.append(place)
        }
        (elsewhere, elsewherePlaces) = (others, otherPlaces)
    }

    private mutating func filter(_ change: (Job) -> Job?, dropped: (Job, Place) -> Void) {
        var kept: [Job] = [], keptPlaces: [Place] = []
        kept.reserveCapacity(jobs.count)
        keptPlaces.reserveCapacity(places.count)
        for (job, place) in zip(jobs, places) {
            guard let changed = change(job) else {
                dropped(job, place)
                continue
            }
            kept.append(changed)
            keptPlaces.append(place)
        }
        (jobs, places) = (kept, keptPlaces)
    }

    mutating func drop(_ ids: Set<String>) {
        if !ids.isEmpty { filter { ids.contains($0.id.description) ? nil : $0 } }
    }

    /// The ids of the jobs, and others.
    public func ids(and others: Set<JobID>) -> Set<JobID> {
        var ids = others
        ids.reserveCapacity(ids.count + jobs.count)
        for job in jobs { ids.insert(job.id) }
        return ids
    }

    /// The schedule of a job as its file has it, with one blank between its fields.
    func schedule(of id: JobID, in files: [TableFile]) -> String? {
        if let known = staleSchedules[id] { return known }
        guard let index = jobs.firstIndex(where: { $0.id == id }), places.indices.contains(index),
            files.indices.contains(Int(places[index].file))
        else { return nil }
        return places[index].schedule(in: files[Int(places[index].file)].content)
    }

    /// Where the job at `index` stands: `/etc/crontab:12`.
    public func location(of index: Int) -> String? {
        guard places.indices.contains(index) else { return nil }
        let place = places[index]
        guard paths.indices.contains(Int(place.file)) else { return nil }
        return "\(paths[Int(place.file)]):\(place.line)"
    }
}
