internal import CronExpressions
internal import CronJobs

// Replicas in different zones start `0 9 * * *` once in each. Zones are compared by what their clocks show in the coming years, not by name.

/// Whether all replicas read times of day by the same zone: said once where they do not.
struct ZoneAgreement {
    private var isSaid = false

    /// What a service announces of its zone: the name, and what it is compared by.
    static func word(of zone: Zone, at now: WallTime) -> String {
        var hash = FNV1a()
        // From the beginning of a year on, so that services that start at different times announce the same.
        let year = Int64(366 * 86_400), start = now.instant.seconds / year * year
        for day in stride(from: Int64(0), to: 3 * 366, by: 7) {
            withUnsafeBytes(of: zone.offset(at: Instant(start + day * 86_400)).littleEndian) { hash.add($0) }
        }
        return "\(zone.identifier) \(String(hash.value, radix: 16))"
    }

    /// - Parameter zones: what the living nodes announced, this one among them.
    /// - Returns: the zones' names, where there is something to say.
    mutating func note(_ zones: [String: String]) -> [String]? {
        var names: [Substring: Substring] = [:]
        for word in zones.values {
            guard let blank = word.lastIndex(of: " ") else { continue }
            let rules = word[word.index(after: blank)...], name = word[..<blank]
            names[rules] = min(names[rules] ?? name, name)
        }
        guard names.count > 1, !isSaid else { return nil }
        isSaid = true
        return names.values.map { String($0.prefix(64)) }.sorted()
    }
}
