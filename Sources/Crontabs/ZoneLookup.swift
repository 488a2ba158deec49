internal import CronExpressions

/// The zones of one table, each looked up once.
///
/// To find suggestions for a name that does not exist, the whole zone folder is read. A table of nothing but such names would take minutes,
/// so after `limit` of them new names are no longer looked up.
struct ZoneLookup {
    private static let limit = 50
    private let zones: ZoneDatabase
    private var known: [String: Result<Zone, ZoneError>] = [:]
    private var failures = 0

    struct Failure: Error {
        var message: String
        var suggestion: String?
    }

    init(_ zones: ZoneDatabase) { self.zones = zones }

    mutating func zone(named name: String) throws(Failure) -> Zone {
        if let known = known[name] { return try Self.value(known) }
        guard failures < Self.limit else {
            throw Failure(
                message: "\(VisibleText.of(name)): not looked up, because \(Self.limit) other zones of this table do not exist",
                suggestion: nil)
        }
        let result: Result<Zone, ZoneError>
        do {
            result = .success(try zones.zone(named: name))
        } catch {
            failures += 1
            result = .failure(error)
        }
        known[name] = result
        return try Self.value(result)
    }

    private static func value(_ result: Result<Zone, ZoneError>) throws(Failure) -> Zone {
        switch result {
        case .success(let zone): return zone
        case .failure(let error): throw Failure(message: error.message, suggestion: error.suggestions.first)
        }
    }
}
