internal import ArgumentParser
internal import CronDaemon
internal import CronExpressions
internal import Crontabs
internal import FoundationEssentials

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with crontab files: all of it, at once.",
        discussion:
            "Exit code 0: no errors (there may be warnings); 65: errors; 66: a file cannot be read (the others are checked all the same).")

    @Argument(help: "Files to check; - is standard input. Without any: /etc/crontab.")
    var files: [String] = []

    @Option(help: "system (with a user column) or user.")
    var format = TableFormat.system

    @Flag(help: "One JSON object for all files, on one line.")
    var json = false

    @Flag(help: "Count warnings as errors.")
    var strict = false

    @Flag(name: .customLong("no-users"), help: "Do not look up the user column on this machine.")
    var noUsers = false

    @Option(help: "The service's own time zone.")
    var tz: String?

    struct Report: Encodable {
        struct Item: Encodable {
            var path: String
            var line: Int
            var column: Int
            var severity: String
            var message: String
            var expected: String?
            var write: String?
        }
        var entries = 0
        var errors = 0
        var warnings = 0
        var diagnostics: [Item] = []
    }

    func run() throws {
        let zone = Surroundings.zone(tz)
        var report = Report()
        var unreadable = false
        for path in files.isEmpty ? ["/etc/crontab"] : files {
            do {
                let bytes = try Output.read(path)
                let crontab = Surroundings.crontab(bytes, path: path, format: format.format, zone: zone)
                let users = noUsers ? [] : crontab.unknownUsers(in: bytes, path: path, isKnown: ServiceHost.isKnownUser)
                report.entries += crontab.entries.count
                add(crontab.diagnostics(in: bytes, path: path, after: Surroundings.now, and: users), to: &report)
            } catch {
                unreadable = true
                let diagnostic = Diagnostic(severity: .error, message: "cannot be read: \(error.reason)", range: 0..<0)
                add([LineDiagnostic(path: path, line: 0, diagnostic: diagnostic, source: "")], to: &report)
            }
        }
        Output.line(json ? JSONText.of(report) : report.summary)
        if unreadable { throw ExitCode(66) }
        if report.errors > 0 || strict && report.warnings > 0 { throw ExitCode(65) }
    }

    private func add(_ diagnostics: [LineDiagnostic], to report: inout Report) {
        for item in diagnostics {
            if item.isError { report.errors += 1 } else { report.warnings += 1 }
            report.diagnostics.append(Report.Item(item))
            if !json { Output.error(item.rendered) }
        }
    }
}

extension CheckCommand.Report {
    /// `1 entry, 2 errors, 0 warnings`.
    var summary: String {
        func counted(_ count: Int, _ one: String, _ many: String) -> String { "\(count) \(count == 1 ? one : many)" }
        return [
            counted(entries, "entry", "entries"), counted(errors, "error", "errors"), counted(warnings, "warning", "warnings"),
        ].joined(separator: ", ")
    }
}

extension CheckCommand.Report.Item {
    init(_ item: LineDiagnostic) {
        self.init(
            path: item.path, line: item.line, column: item.column,
            severity: item.diagnostic.severity.rawValue, message: item.diagnostic.message, expected: item.diagnostic.expected,
            write: item.diagnostic.suggestion)
    }
}
