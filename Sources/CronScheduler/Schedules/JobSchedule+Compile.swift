internal import CronExpressions
internal import CronJobs

extension JobSchedule {
    /// - Parameters:
    ///   - seed: draws the values of `a~b`.
    ///   - zone: where none is named.
    func compiled(seed: UInt64, zone: Zone) throws(ScheduleFault) -> AnySchedule { try rule.compiled(seed, zone) }

    /// The timing of a job: a cron expression alone is kept in place.
    func timing(seed: UInt64, zone: Zone) throws(ScheduleFault) -> Job.Timing {
        if case .cron(let text, let dialect, let name) = rule {
            return .cron(try Rule.cronSchedule(text, dialect.value, try Rule.zone(name, zone), seed))
        }
        return .other(try compiled(seed: seed, zone: zone))
    }
}

extension JobSchedule.Rule {
    fileprivate func compiled(_ seed: UInt64, _ zone: Zone) throws(ScheduleFault) -> AnySchedule {
        switch self {
        case .cron(let text, let dialect, let name):
            return AnySchedule(try Self.cronSchedule(text, dialect.value, try Self.zone(name, zone), seed))
        case .interval(let seconds, let anchor):
            guard let schedule = IntervalSchedule(every: seconds, anchor: anchor ?? Instant(0)) else {
                throw ScheduleFault("every \(seconds) s is longer than the calendar: 1 s to \(IntervalSchedule.longest) s")
            }
            return AnySchedule(schedule)
        case .calendar(let calendar):
            let schedule = CalendarIntervalSchedule(
                every: calendar.count, calendar.unit, at: calendar.time, in: try Self.zone(calendar.zone, zone), from: calendar.anchor,
                missingDay: calendar.missingDay)
            guard let schedule else {
                throw ScheduleFault("every \(calendar.count) \(calendar.unit): the number is at least 1, and within the calendar")
            }
            return AnySchedule(schedule)
        case .once(let times): return AnySchedule(OneTimeSchedule(at: times))
        case .any(let rules):
            return AnySchedule(AnyOfSchedule(try rules.map { rule throws(ScheduleFault) in try rule.compiled(seed, zone) }))
        case .all(let rules, let threshold):
            let members = try rules.map { rule throws(ScheduleFault) in try rule.compiled(seed, zone) }
            return AnySchedule(AllOfSchedule(members, threshold: threshold))
        case .bounded(let rule, let from, let through):
            return AnySchedule(BoundedSchedule(try rule.compiled(seed, zone), from: from, through: through))
        case .invalid(let reason): throw ScheduleFault(reason)
        }
    }

    static func zone(_ name: String?, _ own: Zone) throws(ScheduleFault) -> Zone {
        guard let name, name != own.identifier else { return own }
        do { return try ZoneDatabase.system.zone(named: name) } catch { throw ScheduleFault("\(error)") }
    }

    static func cronSchedule(_ text: String, _ dialect: Dialect, _ zone: Zone, _ seed: UInt64) throws(ScheduleFault) -> CronSchedule {
        do {
            let expression = try CronExpression(text, dialect: dialect)
            guard !expression.isStartup else {
                throw ScheduleFault("@reboot has no fire times: do at the program's start what is to be done then")
            }
            return expression.schedule(in: zone, seed: seed)
        } catch let fault as ScheduleFault {
            throw fault
        } catch let error as CronSyntaxError {
            throw ScheduleFault(error.diagnostics.map { "'\(text)': \($0.message)" }.joined(separator: "\n"))
        } catch {
            throw ScheduleFault("\(error)")
        }
    }
}
