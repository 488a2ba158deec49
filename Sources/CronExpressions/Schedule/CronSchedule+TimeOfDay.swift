/// Times of day from the masks of hours, minutes and seconds; -1 stands for "none".
extension CronSchedule {
    /// The first matching second of the day from one on.
    @inline(__always)
    func firstTime(from second: Int) -> Int {
        let seconds = secondsMask
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60)
        if hours >> UInt32(h) & 1 == 1 {
            if minutes >> UInt64(m) & 1 == 1 {
                let rest = (seconds >> UInt64(s)) << UInt64(s)
                if rest != 0 { return second &- s &+ rest.trailingZeroBitCount }
            }
            let rest = (minutes >> UInt64(m &+ 1)) << UInt64(m &+ 1)
            if rest != 0 { return h &* 3600 &+ rest.trailingZeroBitCount &* 60 &+ seconds.trailingZeroBitCount }
        }
        let rest = (hours >> UInt32(h &+ 1)) << UInt32(h &+ 1)
        if rest == 0 { return -1 }
        return rest.trailingZeroBitCount &* 3600 &+ minutes.trailingZeroBitCount &* 60 &+ seconds.trailingZeroBitCount
    }

    /// The last matching second of the day up to and including one.
    func lastTime(upTo second: Int) -> Int {
        let seconds = secondsMask
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60)
        if hours >> UInt32(h) & 1 == 1 {
            if minutes >> UInt64(m) & 1 == 1 {
                let rest = seconds & ((2 << UInt64(s)) &- 1)
                if rest != 0 { return second &- s &+ 63 &- rest.leadingZeroBitCount }
            }
            let rest = minutes & ((1 << UInt64(m)) &- 1)
            if rest != 0 { return h &* 3600 &+ (63 &- rest.leadingZeroBitCount) &* 60 &+ 63 &- seconds.leadingZeroBitCount }
        }
        let rest = hours & ((1 << UInt32(h)) &- 1)
        if rest == 0 { return -1 }
        return (31 &- rest.leadingZeroBitCount) &* 3600 &+ (63 &- minutes.leadingZeroBitCount) &* 60 &+ 63
            &- seconds.leadingZeroBitCount
    }

    /// How many times of a day lie before a second of the day (0-86400).
    func timesOfDay(before second: Int) -> Int {
        let seconds = secondsMask
        let perMinute = seconds.nonzeroBitCount
        let perHour = perMinute &* minutes.nonzeroBitCount
        let (h, m, s) = (second / 3600, second / 60 % 60, second % 60)
        var count = (hours & ((1 << UInt32(h)) &- 1)).nonzeroBitCount &* perHour
        if hours >> UInt32(h) & 1 == 1 {
            count &+= (minutes & ((1 << UInt64(m)) &- 1)).nonzeroBitCount &* perMinute
            if minutes >> UInt64(m) & 1 == 1 { count &+= (seconds & ((1 << UInt64(s)) &- 1)).nonzeroBitCount }
        }
        return count
    }
}
