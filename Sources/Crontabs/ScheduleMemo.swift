internal import CronExpressions

/// The schedules that lines above had already: of a large table's lines few differ in when they run, and a look costs a fifth of compiling one.
///
/// Open addressing over texts that stay where they are, in the bytes of the file. At most `most` schedules are kept, and at most `reach` places are
/// looked at for one: whoever makes schedules whose hashes fall together gets them compiled, as without a memo.
struct ScheduleMemo {
    /// Where the schedule of a text is, or may be kept.
    enum Place {
        case known(CronSchedule)
        case free(Int)
        /// Nothing is kept of it.
        case unkept
    }

    private static let most = 2048, reach = 8
    /// One more than an index of `texts` and `schedules`; 0 is free. Twice as many as may be taken.
    private var slots: [UInt16] = []
    private var texts: [Range<Int>] = []
    private var schedules: [CronSchedule] = []

    /// Looks for the schedule of `bytes[text]` in a zone.
    func place(of text: Range<Int>, in bytes: UnsafeBufferPointer<UInt8>, _ zone: Zone) -> Place {
        guard !slots.isEmpty else { return .free(Self.hash(bytes, text) & (Self.most * 2 - 1)) }
        var slot = Self.hash(bytes, text) & (slots.count - 1)
        for _ in 0..<Self.reach {
            guard slots[slot] > 0 else { return .free(slot) }
            let at = Int(slots[slot]) - 1
            if bytes.equal(texts[at], text), schedules[at].zone == zone { return .known(schedules[at]) }
            slot = (slot + 1) & (slots.count - 1)
        }
        return .unkept
    }

    /// Keeps what was compiled, at the place that `place` gave for its text.
    mutating func keep(_ schedule: CronSchedule, of text: Range<Int>, at place: Place) {
        guard case .free(let slot) = place, texts.count < Self.most else { return }
        if slots.isEmpty { slots = Array(repeating: 0, count: Self.most * 2) }
        texts.append(text)
        schedules.append(schedule)
        slots[slot] = UInt16(texts.count)
    }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, _ text: Range<Int>) -> Int {
        var hash = FNV1a()
        hash.add(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[text]))
        return Int(truncatingIfNeeded: hash.value ^ hash.value >> 32)
    }
}
