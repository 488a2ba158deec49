internal import CronExpressions
public import CronJobs

// What a job finds in its environment, lowest to highest:
//
//   the container's, without CROND_*         (for another user's job: without what loads code into programs)
//   HOME of the user database, SHELL=/bin/sh; without a home there: / for another user, the container's HOME for our own
//   the table's assignments above the entry
//   LOGNAME and USER, which no table can set; PATH where nobody set one
//   CRON_RUN_ID and its kin, of this attempt
//
// Everything but the last line is the same for all runs with one user and one set of assignments, and is built once.

/// Builds environments. Pure.
public enum JobEnvironment {
    public static let standardPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// The names that tell an attempt about itself.
    static let attemptNames = [
        "CRON_RUN_ID", "CRON_JOB", "CRON_SCHEDULED_AT", "CRON_ATTEMPT", "CRON_FENCE", "CRON_LATENESS_MS", "CRON_MISSED", markName,
        "CRON_BODY_FILE",
    ]
    /// Carries what only this attempt was given, and nobody can guess: by it a later life of the service knows the process again.
    static let markName = "CRON_MARK"

    /// The part that all runs of one user with the same assignments share, as `NAME=value`, each name once.
    ///
    /// `foreign`: the job runs as another user than the service.
    public static func base(container: [String], user: User, variables: Variables, foreign: Bool) -> [String] {
        var environment = Ordered()
        for entry in container {
            guard let equals = entry.utf8.firstIndex(of: UInt8(ascii: "=")), equals != entry.startIndex else { continue }
            let name = String(entry[..<equals])
            guard !name.hasPrefix("CROND_"), !(foreign && loadsCode(name)) else { continue }
            environment.setFirst(name, String(entry[entry.index(after: equals)...]))
        }
        environment.set("HOME", user.home ?? (foreign ? nil : environment["HOME"]) ?? "/")
        environment.set("SHELL", "/bin/sh")
        for assignment in variables.assignments { environment.set(assignment.name, assignment.value) }
        environment.set("LOGNAME", user.name)
        environment.set("USER", user.name)
        if environment["PATH"] == nil { environment.set("PATH", standardPath) }
        for name in attemptNames { environment.remove(name) }
        return environment.lines
    }

    /// What one attempt adds, as name and value; the last only where it has a body.
    public static func specifics(
        of attempt: Attempt, lateness: Int64, mark: String, bodyFile: String? = nil
    ) -> [(name: String, value: String)] {
        let values =
            [
                attempt.run.description, attempt.job.id.withoutHost.description, attempt.scheduledAt.rfc3339UTC(), "\(attempt.number)",
                "\(attempt.fence)", "\(lateness)", "\(attempt.missed)", mark,
            ] + (bodyFile.map { [$0] } ?? [])
        return zip(attemptNames, values).map { ($0, $1) }
    }

    /// Variables that make programs load code or read text differently: ours must not reach another user's job.
    private static func loadsCode(_ name: String) -> Bool {
        name.hasPrefix("LD_") || ["BASH_ENV", "ENV", "IFS", "GCONV_PATH"].contains(name)
    }

    /// Names with values, in the order in which the names came.
    private struct Ordered {
        private var order: [String] = []
        private var values: [String: String] = [:]

        subscript(name: String) -> String? { values[name] }

        mutating func set(_ name: String, _ value: String) {
            if values.updateValue(value, forKey: name) == nil { order.append(name) }
        }

        /// Of several values of one name in a process's environment the first counts.
        mutating func setFirst(_ name: String, _ value: String) {
            if values[name] == nil { set(name, value) }
        }

        mutating func remove(_ name: String) {
            if values.removeValue(forKey: name) != nil { order.removeAll { $0 == name } }
        }

        var lines: [String] { order.compactMap { name in values[name].map { "\(name)=\($0)" } } }
    }
}
