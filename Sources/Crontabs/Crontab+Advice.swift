public import CronExpressions

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
                guard let line = entry.lineRange(in: buffer), let text = entry.scheduleRange(in: buffer) else { continue }
                var ignored: [Diagnostic] = []
                let parsed = CronExpression.parse(UnsafeBufferPointer(rebasing: buffer[text]), dialect: dialect, warnings: &ignored)
                guard case .success(let expression) = parsed else { continue }
                for advice in expression.advice(for: schedule, after: now) where advice.severity == .warning {
                    found.append(advice.diagnostic().on(line, of: entry, shift: text.lowerBound - line.lowerBound, buffer, path))
                }
            }
            if let crowd = crowds.largest, crowd.count >= Self.crowd, let line = crowd.entry.lineRange(in: buffer),
                let text = crowd.entry.scheduleRange(in: buffer)
            {
                let advice = Advice(.crowdedInstant(count: crowd.count, time: crowd.time.rfc3339(in: crowd.zone)), range: 0..<text.count)
                found.append(advice.diagnostic().on(line, of: crowd.entry, shift: text.lowerBound - line.lowerBound, buffer, path))
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

extension CrontabEntry {
    fileprivate func scheduleRange(in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        let start = Int(scheduleStart)
        let end = start + Int(scheduleLength)
        return end <= bytes.count ? start..<end : nil
    }

    /// The whole line, without its end.
    func lineRange(in bytes: UnsafeBufferPointer<UInt8>) -> Range<Int>? {
        guard var start = scheduleRange(in: bytes)?.lowerBound else { return nil }
        var end = bytes.firstIndex(of: UInt8(ascii: "\n"), in: start..<bytes.count) ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
        if start == 0 { start = LineWalk.start(of: bytes) }
        return start..<end
    }
}

extension Diagnostic {
    /// This, about an expression, as one about the line it stands in.
    fileprivate func on(
        _ line: Range<Int>, of entry: CrontabEntry, shift: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ path: String
    ) -> LineDiagnostic {
        var shifted = self
        shifted.range = range.lowerBound + shift..<range.upperBound + shift
        return LineDiagnostic(path: path, line: entry.line, diagnostic: shifted, source: bytes.text(line))
    }
}
