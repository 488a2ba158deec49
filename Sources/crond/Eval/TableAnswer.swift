internal import CronExpressions
internal import CronJobs
internal import Crontabs

/// What `eval` says of a crontab. Absent values are written as `null`, so that every entry has the same keys; `meaning` is there where a language was asked for.
struct TableAnswer: Encodable {
    struct Entry: Encodable {
        var line: Int
        var schedule: String
        var user: String?
        var command: String
        var stdin: String?
        var env: [String: String]
        var tz: String?
        private let meanings: EntryMeanings?

        /// - Parameter meanings: nil where nobody asked for them.
        init(_ entry: CrontabEntry, _ bytes: [UInt8], _ meanings: EntryMeanings?) {
            self.meanings = meanings
            line = entry.line
            schedule = entry.scheduleText(in: bytes)
            user = entry.user
            command = entry.command
            stdin = entry.input
            env = Dictionary(entry.environment.assignments.map { ($0.name, $0.value) }) { _, last in last }
            tz = entry.zoneName
        }

        enum Key: String, CodingKey { case line, schedule, user, command, stdin, env, tz, meaning }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Key.self)
            try container.encode(line, forKey: .line)
            try container.encode(schedule, forKey: .schedule)
            try container.encode(user, forKey: .user)
            try container.encode(command, forKey: .command)
            try container.encode(stdin, forKey: .stdin)
            try container.encode(env, forKey: .env)
            try container.encode(tz, forKey: .tz)
            if let meanings { try container.encode(meanings[line], forKey: .meaning) }
        }
    }

    struct Problem: Encodable {
        var line: Int
        var column: Int
        var message: String
        var expected: String?
        var write: String?

        init(_ item: LineDiagnostic) {
            let shown = CheckCommand.Report.Item(item)
            line = shown.line
            column = shown.column
            message = shown.message
            expected = shown.expected
            write = shown.write
        }
    }

    var entries: [Entry]
    var errors: [Problem]
    var warnings: [Problem]
}
