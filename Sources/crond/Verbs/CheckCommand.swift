internal import ArgumentParser
internal import CronExpressions
internal import Crontabs
internal import FoundationEssentials

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say what is wrong with crontab files: all of it, at once.",
        discussion: "Exit code 0: no errors (there may be warnings); 65: errors; 66: a file cannot be read.")

    @Argument(help: "Files to check; - is standard input. Without any: /etc/crontab.")
    var files: [String] = []

    @Option(help: "system (with a user column) or user.")
    var format = TableFormat.system

    @Flag(help: "One JSON object for all files, on one line.")
    var json = false

    @Flag(help: "Count warnings as errors.")
    var strict = false

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
        for path in files.isEmpty ? ["/etc/crontab"] : files {
            let bytes = Output.contents(of: path)
            let crontab = Surroundings.crontab(bytes, path: path, format: format.format, zone: zone)
            report.entries += crontab.entries.count
            for item in crontab.diagnostics(in: bytes, path: path, after: Surroundings.now) {
                if item.isError { report.errors += 1 } else { report.warnings += 1 }
                report.diagnostics.append(Report.Item(item))
                if !json { Output.error(item.rendered) }
            }
        }
        if json {
            Output.line(JSONText.of(report))
        } else {
            Output.line("\(report.entries) entries, \(report.errors) errors, \(report.warnings) warnings")
        }
        if report.errors > 0 || strict && report.warnings > 0 { throw ExitCode(65) }
    }
}

extension CheckCommand.Report.Item {
    init(_ item: LineDiagnostic) {
        let before = item.source.utf8.prefix(item.diagnostic.range.lowerBound)
        self.init(
            path: item.path, line: item.line, column: String(decoding: before, as: UTF8.self).count + 1,
            severity: item.diagnostic.severity.rawValue, message: item.diagnostic.message, expected: item.diagnostic.expected,
            write: item.diagnostic.suggestion)
    }
}
