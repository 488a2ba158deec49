internal import CronDaemon
internal import CronExpressions
internal import CronJobs
internal import Crontabs
internal import Glibc

/// What every verb takes from where it runs: environment, zone, host.
enum Surroundings {
    static let environment: [String: String] = {
        var environment: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return environment
    }()

    static let zones = ZoneDatabase(directory: environment["TZDIR"] ?? "/usr/share/zoneinfo")

    /// The service's own, as this environment says it: CROND_TZ, else TZ. Says at its first use where UTC stands in for what TZ or /etc/localtime names.
    static let ownZone: Zone = {
        if let name = environment["CROND_TZ"], !name.isEmpty { return zone(name, option: "CROND_TZ=", code: 78) }
        let variable = environment["TZ"]
        if let fault = zones.fault(ofTZ: variable) { Output.error("crond: UTC is used: \(fault)") }
        return zones.localZone(environmentTZ: variable)
    }()

    static let host = ServiceHost.hostName

    static var now: Instant { time(ahead: .zero) }

    /// By a clock that is so far ahead of this machine's.
    static func time(ahead difference: Duration) -> Instant { (HostClocks().wall + difference).instant }

    /// The zone of that name, the service's own for `nil`; leaves if there is none: with 78 where the environment names it, else with 64.
    ///
    /// - Parameter option: what the name was given as.
    static func zone(_ name: String?, option: String = "--tz ", code: Int32 = 64) -> Zone {
        guard let name else { return ownZone }
        do {
            return try zones.zone(named: name)
        } catch {
            Output.fail(code, "\(option)\(error)")
        }
    }

    /// The dialect of that name; leaves with 64 if there is none.
    static func dialect(_ name: String) -> Dialect {
        guard let dialect = Dialect(named: name) else {
            Output.fail(64, "--dialect \(name): expected \(Dialect.all.map(\.name).joined(separator: ", "))")
        }
        return dialect
    }

    /// The time that `--after` names, now for `nil`; leaves with 64 if it is none.
    static func instant(_ after: String?) -> Instant {
        guard let after else { return now }
        guard let instant = Instant(rfc3339: after) else {
            Output.fail(64, "--after \(after): expected an RFC 3339 time such as 2027-01-31T12:00:00Z")
        }
        return instant
    }

    /// - Parameters:
    ///   - isShared: several hosts have the table, by a store that they share.
    ///   - unavailable: keys that set what cannot be kept, and why.
    static func crontab(
        _ bytes: [UInt8], path: String, format: CrontabFormat, zone: Zone, dialect: Dialect = .vixie, isShared: Bool = false,
        unavailable: [String: String] = [:]
    ) -> Crontab {
        var options = CrontabOptions(format: format, dialect: dialect, zone: zone, zones: zones, draws: .host(host), path: path)
        options.isShared = isShared
        options.unavailable = unavailable
        // A setting that is none is for the verb that starts something to complain of.
        options.consumerTimeout = (try? Settings(environment: environment).consumerTimeout(nil)) ?? AcknowledgementPolicy.usualPatience
        options.isUser = { ServiceHost.isKnownUser($0) }
        return Crontab(parsing: bytes, options: options)
    }
}
