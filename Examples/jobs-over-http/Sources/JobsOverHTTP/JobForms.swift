import CronScheduler
import FoundationEssentials
import Hummingbird

// What requests and responses look like. They are this service's own: how the library stores its jobs is no interface.

/// When a job is due: one of `cron`, `every` and `at`.
public struct When: Codable, Hashable, Sendable {
    /// An expression, in a zone; the service's own where none is named.
    public var cron: String?
    public var zone: String?
    /// Seconds.
    public var every: Int?
    /// RFC 3339: `2027-01-01T09:00:00+01:00`.
    public var at: String?

    func schedule() throws(HTTPError) -> JobSchedule {
        guard zone == nil || cron != nil else { throw HTTPError(.badRequest, message: "\"zone\" goes with \"cron\"") }
        switch (cron, every, at) {
        case (let cron?, nil, nil): return .cron(cron, in: zone)
        case (nil, let every?, nil): return .every(.seconds(every))
        case (nil, nil, let at?): return .at(try time(at, "at"))
        default:
            let forms = #"{"cron": "0 9 * * 1-5"}, {"every": 90} (seconds) and {"at": "2027-01-01T09:00:00Z"}"#
            throw HTTPError(.badRequest, message: "\"when\" has one of \(forms)")
        }
    }
}

func time(_ text: String, _ name: String) throws(HTTPError) -> Instant {
    guard let time = Instant(rfc3339: text) else {
        throw HTTPError(.badRequest, message: "\"\(name)\": \"\(text)\" is no time: write it as 2027-01-01T09:00:00Z")
    }
    return time
}

/// `POST /jobs`
struct NewJob: Decodable {
    var id: String
    var when: When
    var text: String
    var seconds: Int?
}

/// `PUT /jobs/{id}/when`, and `POST /jobs/{id}/pause` where it is to end by itself.
struct NewTimes: Decodable { var when: When }
struct NewPause: Decodable { var until: String? }

/// A job, in a response.
struct JobForm: ResponseEncodable {
    var id: String
    var when: When?
    var text: String?
    /// The next fire time; none where it has no more.
    var next: String?
    var isPaused: Bool
    var pausedUntil: String?

    init(_ job: ScheduledJob) {
        id = "\(job.id)"
        when = When(job.schedule)
        text = try? job.parameters(for: Announce.self).text
        next = job.nextFireTime?.rfc3339UTC()
        isPaused = job.isPaused
        pausedUntil = job.pause?.until?.instant.rfc3339UTC()
    }
}

extension When {
    /// Nil for what no request of this service asks for.
    fileprivate init?(_ schedule: JobSchedule) {
        struct Stored: Decodable {
            var cron: String?
            var zone: String?
            var every: Int?
            var at: [String]?
        }
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(schedule.json.bytes)) else { return nil }
        guard stored.cron != nil || stored.every != nil || stored.at != nil else { return nil }
        self.init(cron: stored.cron, zone: stored.zone, every: stored.every, at: stored.at?.first)
    }
}

/// A run, in a response.
struct RunForm: ResponseEncodable {
    var run: String
    var outcome: String?
    var finished: String?

    init(_ record: RunRecord) {
        run = "\(record.run)"
        outcome = record.outcome.map { "\($0)" }
        finished = record.finishedAt?.instant.rfc3339UTC()
    }

    init(_ run: RunID) { self.run = "\(run)" }
}
