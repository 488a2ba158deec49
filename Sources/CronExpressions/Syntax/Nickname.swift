/// `@daily` and its like.
public enum Nickname: String, Hashable, Sendable, CaseIterable {
    case yearly, annually, monthly, weekly, daily, midnight, hourly, reboot

    /// The nickname with its `@`.
    public var text: String { "@" + rawValue }

    /// The five fields it stands for; nil for `@reboot`.
    public var fields: String? {
        switch self {
        case .yearly, .annually: "0 0 1 1 *"
        case .monthly: "0 0 1 * *"
        case .weekly: "0 0 * * 0"
        case .daily, .midnight: "0 0 * * *"
        case .hourly: "0 * * * *"
        case .reboot: nil
        }
    }

    /// The nickname that these bytes, without blanks, are.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard bytes.count >= 6, bytes.count <= 9 else { return nil }
        let found: (Nickname, StaticString) =
            switch (bytes[1], bytes.count) {
            case (UInt8(ascii: "y"), _): (.yearly, "@yearly")
            case (UInt8(ascii: "a"), _): (.annually, "@annually")
            case (UInt8(ascii: "m"), 8): (.monthly, "@monthly")
            case (UInt8(ascii: "m"), _): (.midnight, "@midnight")
            case (UInt8(ascii: "w"), _): (.weekly, "@weekly")
            case (UInt8(ascii: "d"), _): (.daily, "@daily")
            case (UInt8(ascii: "h"), _): (.hourly, "@hourly")
            default: (.reboot, "@reboot")
            }
        guard found.1.withUTF8Buffer({ $0.elementsEqual(bytes) }) else { return nil }
        self = found.0
    }

    /// The schedule, made without reading the five fields.
    func schedule(in zone: Zone) -> CronSchedule {
        var schedule = CronSchedule(
            minutes: 1, hours: 1, daysOfMonth: 0xFFFF_FFFE, months: 0x1FFE, weekdays: 0x7F, flags: [.bothDays, .fixed],
            extras: nil, zone: zone)
        switch self {
        case .yearly, .annually: (schedule.daysOfMonth, schedule.months) = (2, 2)
        case .monthly: schedule.daysOfMonth = 2
        case .weekly: schedule.weekdays = 1
        case .daily, .midnight: break
        case .hourly: (schedule.hours, schedule.flags) = (0xFF_FFFF, [.bothDays])
        case .reboot: schedule.flags.insert(.never)
        }
        return schedule
    }
}
