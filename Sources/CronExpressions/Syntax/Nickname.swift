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
        let isYearly = self == .yearly || self == .annually
        let (everyDate, everyMonth): (UInt32, UInt16) = (0xFFFF_FFFE, 0x1FFE)
        var flags: CronSchedule.Flags = self == .hourly ? [.bothDays] : [.bothDays, .fixed]
        if self == .reboot { flags.insert(.never) }
        return CronSchedule(
            minutes: 1, hours: self == .hourly ? 0xFF_FFFF : 1, daysOfMonth: isYearly || self == .monthly ? 2 : everyDate,
            months: isYearly ? 2 : everyMonth, weekdays: self == .weekly ? 1 : 0x7F, flags: flags, extras: nil, zone: zone)
    }
}
