internal import CronExpressions
internal import CronJobs
internal import CronTables
internal import Glibc

// What a service would meet here, looked at from beside it.
//
// Each thing is looked at by itself and told at once, so that a file system that hangs costs the findings behind it only. Looking changes
// nothing: no store is opened or made, no table read into use, no limit raised. Facts are gathered first and judged by pure functions, which
// the tests know. Where a service runs, its own word counts for what only it can see; else it is the start of one, as this user and with these
// settings, that is judged.

/// Examines what a service needs.
public struct Doctor {
    private let configuration: Configuration
    private let clocks = HostClocks()
    private let database: ZoneDatabase

    public init(_ configuration: Configuration) {
        self.configuration = configuration
        database = ZoneDatabase(directory: configuration.environment["TZDIR"] ?? "/usr/share/zoneinfo")
    }

    /// Tells what it finds, one after another. Blocking.
    public func examine(_ tell: (Finding) -> Void) {
        let (service, answer) = lookAtService()
        for finding in answer { tell(finding) }
        for finding in zones() { tell(finding) }
        for finding in StoreHealth.look(configuration, service: service).findings { tell(finding) }
        for finding in table(service) { tell(finding) }
        for finding in UserHealth.look().findings { tell(finding) }
        for finding in LimitHealth.look(configuration.store, service: service?.pid).findings { tell(finding) }
        for finding in ProcessHealth.look(service: service?.pid).findings { tell(finding) }
        for finding in clocks(service) { tell(finding) }
    }

    // MARK: The service itself

    private func lookAtService() -> (ServiceSnapshot?, [Finding]) {
        guard configuration.socket != "none" else {
            return (nil, [.unknown("service", "it has no socket (--socket none), so it cannot be asked")])
        }
        guard let path = configuration.socket else {
            let remedy = SocketFailure.noDefaultPath.remedy
            return (nil, [.todo("service", "no place for the control socket is known: verbs could not reach a service", remedy)])
        }
        do throws(ControlRefusal) {
            guard case .service(let service)? = try ControlClient.ask(.service, at: path)?.first else {
                return (nil, [.ok("service", "none listens on \(path): this is about a start of one, as uid \(geteuid())")])
            }
            let text = "\(service.name), version \(service.version), pid \(service.pid), \(service.jobs) jobs; answers on \(path)"
            let reasons = service.degraded.map { Finding.todo("service", $0, "see its log for what is missing, and what to do") }
            return (service, [.ok("service", text)] + reasons)
        } catch {
            return (nil, [error.code == 77 ? .unknown("service", error.message) : .todo("service", error.message, "see its log")])
        }
    }

    // MARK: The table

    /// A service that was told of other files than this verb, which was told of none: its own word counts.
    private func table(_ service: ServiceSnapshot?) -> [Finding] {
        if service != nil, configuration.table.waits, let path = configuration.socket,
            let parts = try? ControlClient.ask(.table, at: path)
        {
            let files = parts.compactMap { part in if case .file(let file) = part { file } else { nil } }
            if let findings = TableHealth.findings(of: files, besides: configuration.table) { return findings }
        }
        return TableHealth.look(configuration, database).findings
    }

    // MARK: Zones and clocks

    private func zones() -> [Finding] {
        let variable = configuration.environment["TZ"]
        let remedy = "set TZ, or CROND_TZ, to a zone that crond zones lists"
        if let name = configuration.zone {
            guard let zone = try? database.zone(named: name) else { return [.todo("zones", "there is no zone \(name)", remedy)] }
            return [.ok("zones", "own zone \(zone.identifier)\(source(of: zone.identifier))")]
        }
        if let fault = database.fault(ofTZ: variable) { return [.todo("zones", "UTC is used: \(fault)", remedy)] }
        let zone = database.localZone(environmentTZ: variable)
        return [.ok("zones", "own zone \(zone.identifier)\(source(of: zone.identifier))")]
    }

    private func source(of zone: String) -> String {
        (try? database.source(of: zone)).map { ", from \($0)" } ?? ""
    }

    private func clocks(_ service: ServiceSnapshot?) -> [Finding] {
        ClockHealth(now: clocks.wall.instant, storeDifferenceMs: service?.clockDifferenceMs).findings
    }
}

/// Whether the machine's clock can be believed.
struct ClockHealth {
    var now: Instant
    /// The store's clock minus this machine's.
    var storeDifferenceMs: Int64?

    var findings: [Finding] {
        let shown = now.rfc3339UTC()
        // This program is younger than that.
        guard now >= Instant(1_735_689_600) else {
            return [.todo("clocks", "the clock shows \(shown): it was never set", "have the machine's clock set (NTP)")]
        }
        guard let difference = storeDifferenceMs, abs(difference) > 1000 else { return [.ok("clocks", "the clock shows \(shown)")] }
        let way = difference > 0 ? "ahead of" : "behind"
        return [
            .todo(
                "clocks", "the store's clock, by which jobs go, is \(abs(difference)) ms \(way) this machine's",
                "have the clocks of both machines set (NTP)")
        ]
    }
}
