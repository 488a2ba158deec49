public import CronExpressions
internal import CronJobs

/// Advice on the entries of a table that needs the time and the zone: for `check`, never for the start of the service, which reads every line of a
/// large table and would pay for it each time.
extension Crontab {
    /// So many entries at one full hour are worth a word.
    static let crowd = 10

    /// What there is to say about the fire times after an instant, beyond `diagnostics`; only what is probably not meant. `bytes` are those that
    /// the table was parsed from.
    public func advice(in bytes: [UInt8], path: String, after now: Instant) -> [LineDiagnostic] {
        var found: [LineDiagnostic] = []
        var crowds = CrowdedInstants()
        bytes.withUnsafeBufferPointer { buffer in
            for entry in entries {
                guard case .cron(let schedule) = entry.timing, found.count < CrontabLimits.warnings else { continue }
                if schedule.startsOnFullHour { crowds.add(schedule, of: entry, after: now) }
                guard entry.places.fit(buffer) else { continue }
                let text = entry.places.schedule
                var ignored: [Diagnostic] = []
                let parsed = CronExpression.parse(UnsafeBufferPointer(rebasing: buffer[text]), dialect: dialect, warnings: &ignored)
                guard case .success(let expression) = parsed else { continue }
                for advice in expression.advice(for: schedule, after: now) where advice.severity == .warning {
                    found.append(advice.diagnostic().on(entry, buffer, path))
                }
            }
            if let crowd = crowds.largest, crowd.count >= Self.crowd, crowd.entry.places.fit(buffer) {
                let time = crowd.time.rfc3339(in: crowd.zone)
                let advice = Advice(.crowdedInstant(count: crowd.count, time: time), range: 0..<crowd.entry.places.schedule.count)
                found.append(advice.diagnostic().on(crowd.entry, buffer, path))
            }
        }
        found.sortByLine()
        return found
    }

    /// `diagnostics`, `advice` and what else was found (such as `slips`), in line order.
    public func diagnostics(in bytes: [UInt8], path: String, after now: Instant, and others: [LineDiagnostic] = []) -> [LineDiagnostic] {
        var all = diagnostics + others + advice(in: bytes, path: path, after: now)
        all.sortByLine()
        return all
    }
}

/// How many entries start together at the full hours of the coming day.
private struct CrowdedInstants {
    private var entries: [Instant: (count: Int, first: CrontabEntry, zone: Zone)] = [:]

    mutating func add(_ schedule: CronSchedule, of entry: CrontabEntry, after now: Instant) {
        for time in schedule.fireTimes(after: now).prefix(while: { $0 < now + 86_400 }) {
            entries[time, default: (0, entry, schedule.zone)].count += 1
        }
    }

    var largest: (count: Int, entry: CrontabEntry, time: Instant, zone: Zone)? {
        let most = entries.max { ($0.value.count, $1.key) < ($1.value.count, $0.key) }
        return most.map { ($0.value.count, $0.value.first, $0.key, $0.value.zone) }
    }
}

extension Diagnostic {
    /// This, about an entry's expression, as one about its line.
    fileprivate func on(_ entry: CrontabEntry, _ bytes: UnsafeBufferPointer<UInt8>, _ path: String) -> LineDiagnostic {
        let line = entry.places.line.range
        return LineDiagnostic(
            path: path, line: entry.line, diagnostic: moved(by: entry.places.schedule.lowerBound - line.lowerBound),
            source: bytes.text(line))
    }
}
