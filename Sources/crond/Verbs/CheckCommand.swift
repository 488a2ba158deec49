internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import CronTables
internal import Crontabs
internal import FoundationEssentials

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with crontab files: all of it, at once.",
        discussion: """
            What it finds goes to standard output. Exit code 0: no errors (there may be warnings); 65: errors; 66: a file cannot be read \
            (the others are checked all the same).
            """)

    @Argument(help: "Files to check; - is standard input. Without any: what `crond run` would read. (CROND_TABLE)")
    var files: [String] = []

    @Option(help: "system (with a user column) or user. (CROND_FORMAT) Default: system.")
    var format: TableFormat?

    @Flag(help: "One JSON object for all files, on one line.")
    var json = false

    @Flag(help: "Count warnings as errors.")
    var strict = false

    @Flag(name: .customLong("no-users"), help: "Do not look up the user column on this machine.")
    var noUsers = false

    @Option(help: "The service's own time zone. (CROND_TZ)")
    var tz: String?

    @Option(help: "The service's store: over redis:// a line must say more. It is not opened. (CROND_STORE, CROND_STORE_FILE)")
    var store: String?

    @Option(help: "The service's broker, which lines that publish need. It is not asked. (CROND_AMQP, CROND_AMQP_FILE)")
    var amqp: String?

    @OptionGroup var appearance: Appearance

    func run() throws {
        var report = Report()
        let zone = Surroundings.zone(tz)
        let source = source()
        judgeSettings()
        if files.isEmpty {
            checkTable(source, zone, &report)
        } else {
            for path in files { checkFile(path, source.format, zone, &report) }
        }
        Output.line(json ? JSONText.of(report) : report.summary)
        if report.isUnreadable { throw ExitCode(66) }
        if report.errors > 0 || strict && report.warnings > 0 { throw ExitCode(65) }
    }

    /// Whether several hosts would have the table; `nil` where no store is named. A file that the URL comes from may be where the service runs only:
    /// that is not this verb's to complain of.
    private func isShared() -> Bool? {
        let settings = Settings(environment: Surroundings.environment)
        do {
            switch try settings.store(store) {
            case nil: return nil
            case .redis?: return true
            case .sqlite?, .memory?, .automatic?: return false
            }
        } catch {
            if settings.text(store, "CROND_STORE") != nil { Output.fail(78, error.description) }
            return nil
        }
    }

    /// What lines may need that nothing here names, by key. It may be named where the service runs: a warning at most.
    private func needs(isShared: Bool?) -> [String: String] {
        var needs: [String: String] = [:], lacking: [String] = []
        if isShared == nil { lacking.append("a Redis (--store, CROND_STORE)") }
        if !namesBroker() {
            lacking.append("a broker (--amqp, CROND_AMQP)")
            needs["publish"] = "a broker, and nothing here names one (--amqp, CROND_AMQP): without it the entry does not run"
        }
        if !lacking.isEmpty {
            let ending = lacking.count == 1 ? "and nothing here names one" : "and nothing here names them"
            needs["via"] =
                "\(lacking.joined(separator: " and ")), \(ending): without \(lacking.count == 1 ? "it" : "them") the entry does not run"
        }
        return needs
    }

    private func namesBroker() -> Bool {
        let settings = Settings(environment: Surroundings.environment)
        if settings.brokerFile(amqp) != nil { return true }
        do { return try settings.broker(amqp) != nil } catch { Output.fail(78, error.description) }
    }

    /// A service that could not begin reads no table. What stands in files may be where the service runs only: that is not looked at.
    private func judgeSettings() {
        var environment = Surroundings.environment.filter { !($0.key.hasPrefix("CROND_") && $0.key.hasSuffix("_FILE")) }
        // Events take a broker.
        if environment["CROND_AMQP"] ?? "" == "" { environment["CROND_EVENTS"] = nil }
        var service = ServiceAddress()
        (service.name, service.socket) = (nil, nil)
        do {
            _ = try RunCommand.configured(files: files, format: format, service: service, store: store, environment: environment)
        } catch {
            Output.fail(78, "\(error)")
        }
    }

    private func source() -> TableSource {
        do {
            return try Settings(environment: Surroundings.environment).table(files, format)
        } catch {
            Output.fail(78, error.description)
        }
    }

    // MARK: What there is to check

    /// What a service would read.
    private func checkTable(_ source: TableSource, _ zone: Zone, _ report: inout Report) {
        let table = ServiceHost.look(at: source)
        for file in table.files { check(file.content, file.path, source.format, zone, &report) }
        for file in table.unusable { fail(file.path, file.reason, &report) }
        // As for the service, drop-in files are a table, too.
        if table.files.isEmpty || source != .systemDefault {
            for path in table.absent { fail(path, "cannot be read: No such file or directory", &report) }
        }
        for path in table.passedOver { add([.passedOver(path)], to: &report) }
    }

    private func checkFile(_ path: String, _ format: CrontabFormat, _ zone: Zone, _ report: inout Report) {
        do {
            check(try Output.read(path), path, format, zone, &report)
            if let refusal = ServiceHost.refusal(ofTable: path) { add([.notUsed(path, refusal)], to: &report) }
        } catch {
            fail(path, "cannot be read: \(error.reason)", &report)
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let isDropIn = parts.count > 1 && parts[parts.count - 2] == "cron.d"
        if isDropIn, let name = parts.last, !Crontab.passedOver([String(name)]).isEmpty { add([.passedOver(path)], to: &report) }
    }

    private func check(_ bytes: [UInt8], _ path: String, _ format: CrontabFormat, _ zone: Zone, _ report: inout Report) {
        let isShared = isShared()
        let crontab = Surroundings.crontab(
            bytes, path: path, format: format, zone: zone, isShared: isShared ?? false,
            unavailable: isShared == false ? ["via": WorkerSetting.needsSharedStore] : [:])
        let users = noUsers ? [] : crontab.unknownUsers(in: bytes, path: path, isKnown: ServiceHost.isKnownUser)
        let slips = crontab.slips(in: bytes, path: path, format: format, machine: machine)
        let unmet = crontab.unmet(needs(isShared: isShared), in: bytes, path: path)
        report.entries += crontab.entries.count
        add(crontab.diagnostics(in: bytes, path: path, after: Surroundings.now, and: slips + unmet + users), to: &report)
    }

    private var machine: Crontab.Machine? {
        guard !noUsers else { return nil }
        let path = Surroundings.environment["PATH"] ?? ""
        return Crontab.Machine(isUser: { ServiceHost.isKnownUser($0) }, isProgram: { ServiceHost.isProgram($0, path: path) })
    }

    // MARK: What was found

    private func add(_ diagnostics: [LineDiagnostic], to report: inout Report) {
        let isColored = appearance.color.isOn()
        for item in diagnostics {
            report.add(item)
            if !json { Output.shown(item.rendered(isColored: isColored)) }
        }
    }

    /// A file that cannot be read is no finding about a table: it is this verb that fails.
    private func fail(_ path: String, _ reason: String, _ report: inout Report) {
        report.isUnreadable = true
        report.add(LineDiagnostic(path: path, line: 0, diagnostic: Diagnostic(severity: .error, message: reason, range: 0..<0), source: ""))
        if !json { Output.error("crond: \(path): \(reason)") }
    }
}

extension LineDiagnostic {
    fileprivate static func notUsed(_ path: String, _ refusal: String) -> LineDiagnostic {
        let diagnostic = Diagnostic(severity: .warning, message: "run would not use it: it \(refusal)", range: 0..<0)
        return LineDiagnostic(path: path, line: 0, diagnostic: diagnostic, source: "")
    }

    fileprivate static func passedOver(_ path: String) -> LineDiagnostic {
        let message = "run passes this file over because of its name: in a folder of drop-in files only letters, digits, _ and - count"
        return LineDiagnostic(path: path, line: 0, diagnostic: Diagnostic(severity: .warning, message: message, range: 0..<0), source: "")
    }
}
