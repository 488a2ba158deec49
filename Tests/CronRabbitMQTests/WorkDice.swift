// tidy: helper

/// The same numbers for the same seed.
struct WorkDice {
    var state: UInt64

    /// From 0 to below `bound`.
    mutating func number(_ bound: UInt64) -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return (mixed ^ (mixed >> 31)) % max(1, bound)
    }

    mutating func chance(_ percent: UInt64) -> Bool { number(100) < percent }
}
