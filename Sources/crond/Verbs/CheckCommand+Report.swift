internal import CronExpressions
internal import Crontabs

extension CheckCommand {
    /// All that was found, for machines.
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
        var isUnreadable = false

        enum CodingKeys: CodingKey { case entries, errors, warnings, diagnostics }

        mutating func add(_ item: LineDiagnostic) {
            if item.isError { errors += 1 } else { warnings += 1 }
            diagnostics.append(Item(item))
        }

        /// `1 entry, 2 errors, 0 warnings`.
        var summary: String {
            [Count.of(entries, "entry", "entries"), Count.of(errors, "error"), Count.of(warnings, "warning")].joined(separator: ", ")
        }
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
