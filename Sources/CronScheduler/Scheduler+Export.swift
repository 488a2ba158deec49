public import CronJobs

// Jobs as JSON, for another store or a person:
//
//     {"jobs":[{"id":"nightly","schedule":{…},"work":{"handler":"send-report","parameters":{…},"version":1},"options":{…}},…],"version":1}

extension Scheduler {
    private static let exportVersion = 1

    /// The jobs that last, as one JSON text: to be kept, read, or imported elsewhere. What is paused is no part of it.
    public func exportJobs() async throws(SchedulerError) -> String {
        let list = try await jobs.compactMap { job -> JSONValue? in
            guard case .handler(let call) = job.work else { return nil }
            let options = job.options == JobOptions() ? nil : job.options
            return .fields(["id": job.id, "schedule": job.schedule, "work": call, "options": options])
        }
        let all = JSONValue.object(["version": .number(Int64(Self.exportVersion)), "jobs": .list(list)])
        return String(decoding: all.bytes, as: UTF8.self)
    }

    /// Adds the jobs of an export. The text is read whole before the first is added.
    ///
    /// - Returns: what became of each, by id.
    @discardableResult
    public func importJobs(
        _ text: String, onConflict conflict: JobConflict = .replace
    ) async throws(SchedulerError) -> [JobID: AddAnswer] {
        let list: [ExportedJob]
        do throws(JSONFault) {
            let fields = try JSONFields(try JSONReader.read(Array(text.utf8)))
            let version: Int = try fields.value("version")
            guard version == Self.exportVersion else { throw JSONFault("version \(version) is not known") }
            list = try fields.value("jobs")
        } catch {
            throw .badImport(error.description)
        }
        if conflict == .refuse {
            for entry in list where try await job(entry.id) != nil { throw .jobExists(entry.id) }
        }
        let keeper = try await ready().keeper
        var answers: [JobID: AddAnswer] = [:]
        for entry in list { answers[entry.id] = try await keeper.add(entry.id, entry.schedule, entry.call, entry.options, conflict) }
        return answers
    }
}

/// A job of an export.
private struct ExportedJob: JSONCoded {
    var id: JobID
    var schedule: JobSchedule
    var call: HandlerCall
    var options: JobOptions

    init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        id = try fields.value("id")
        do throws(JSONFault) {
            schedule = try fields.value("schedule")
            call = try fields.value("work")
            options = try fields.optional("options") ?? JobOptions()
        } catch {
            throw JSONFault("\(id): \(error)")
        }
    }

    var json: JSONValue { .fields(["id": id, "schedule": schedule, "work": call, "options": options]) }
}
