public import CronJobs
internal import CronExpressions

// As it is stored and exported:
//
//     {"cron":"0 3 * * *","zone":"Europe/Berlin"}             {"every":90}                        {"at":["2027-01-01T00:00:00Z"]}
//     {"calendar":"months","count":1,"time":"08:00:00",…}     {"any":[…]}                         {"all":[…],"within":1}
//     {"only":{…},"from":"…","through":"…"}

extension JobSchedule: JSONCoded {
    public init(json: JSONValue) throws(JSONFault) { rule = try Rule(json: json) }
    public var json: JSONValue { rule.json }
}

extension JobSchedule.Rule: JSONCoded {
    var json: JSONValue {
        switch self {
        case .cron(let text, let dialect, let zone):
            .fields(["cron": text, "zone": zone, "dialect": dialect.value == .vixie ? nil : dialect.value.name])
        case .interval(let seconds, let anchor): .fields(["every": seconds, "anchor": anchor])
        case .calendar(let calendar): calendar.json
        case .once(let times): .fields(["at": times])
        case .any(let rules): .fields(["any": rules])
        case .all(let rules, let threshold): .fields(["all": rules, "within": threshold == 0 ? nil : threshold])
        case .bounded(let rule, let from, let through): .fields(["only": rule, "from": from, "through": through])
        case .invalid(let reason): .fields(["invalid": reason])
        }
    }

    init(json: JSONValue) throws(JSONFault) {
        let fields = try JSONFields(json)
        if let text: String = try fields.optional("cron") {
            let name: String? = try fields.optional("dialect")
            guard let dialect = name.map(Dialect.init(named:)) ?? .vixie else { throw JSONFault("there is no dialect \"\(name ?? "")\"") }
            self = .cron(text, SharedDialect.of(dialect), zone: try fields.optional("zone"))
        } else if let seconds: Int64 = try fields.optional("every") {
            self = .interval(seconds: seconds, anchor: try fields.optional("anchor"))
        } else if fields.names.contains("calendar") {
            self = .calendar(try JobSchedule.Calendar(fields))
        } else if let times: [Instant] = try fields.optional("at") {
            self = .once(Set(times).sorted())
        } else if let rules: [Self] = try fields.optional("any") {
            self = .any(rules)
        } else if let rules: [Self] = try fields.optional("all") {
            self = .all(rules, within: try fields.optional("within") ?? 0)
        } else if let rule: Self = try fields.optional("only") {
            self = .bounded(rule, from: try fields.optional("from"), through: try fields.optional("through"))
        } else {
            throw JSONFault("a schedule has one of cron, every, calendar, at, any, all and only")
        }
    }
}

extension JobSchedule.Calendar {
    fileprivate var json: JSONValue {
        .fields([
            "calendar": "\(unit)", "count": count, "time": "\(two(time.hour)):\(two(time.minute)):\(two(time.second))", "zone": zone,
            "anchor": anchor == .epoch ? nil : "\(anchor.year)-\(anchor.month)-\(anchor.day)",
            "missing": missingDay == .skipped ? nil : "lastDay",
        ])
    }

    private func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    fileprivate init(_ fields: JSONFields) throws(JSONFault) {
        let name: String = try fields.value("calendar")
        guard let unit = CalendarIntervalSchedule.Unit.allCases.first(where: { "\($0)" == name }) else {
            throw JSONFault("\"calendar\" is days, weeks, months or years")
        }
        let clock = Self.numbers(try fields.value("time"), ":"), date = Self.numbers(try fields.optional("anchor") ?? "1970-1-1", "-")
        guard clock.count == 3, let time = TimeOfDay(hour: clock[0], minute: clock[1], second: clock[2]), date.count == 3,
            let anchor = CivilDate(date[0], date[1], date[2])
        else { throw JSONFault("\"time\" is as 08:30:00, \"anchor\" as 1970-1-1") }
        let missing: String? = try fields.optional("missing")
        self.init(
            count: try fields.value("count"), unit: unit, time: time, zone: try fields.optional("zone"), anchor: anchor,
            missingDay: missing == "lastDay" ? .lastDay : .skipped)
    }

    private static func numbers(_ text: String, _ separator: Character) -> [Int] { text.split(separator: separator).compactMap { Int($0) } }
}
