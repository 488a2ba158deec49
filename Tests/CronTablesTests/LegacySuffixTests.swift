import CronExpressions
import CronJobs
import Crontabs
import Testing

@testable import CronTables

@Suite("The comment that the legacy service appends to lines it restores") struct LegacySuffixTests {
    static let suffix = " # crond service crondServiceTask-0ffe87381352280e"

    @Test(
        "is not part of the command",
        arguments: [
            ("true\(suffix)", "true"), ("echo a # b\(suffix)  ", "echo a # b"), ("true\(suffix)\(suffix)", "true"),
            ("true\t# crond service crondServiceTask-0123456789abcdef", "true"),
        ])
    func stripped(_ command: String, _ left: String) { #expect(LegacySuffix.stripped(command) == left) }

    @Test(
        "is nothing else",
        arguments: [
            "true", "", "# crond service crondServiceTask-0ffe87381352280e", " # crond service crondServiceTask-0ffe87381352280e",
            "true # crond service crondServiceTask-0ffe87381352280", "true # crond service crondServiceTask-0FFE87381352280E",
            "true# crond service crondServiceTask-0ffe87381352280e", "true # crond service crondServiceTask-0ffe87381352280e-2",
            "true # another crondServiceTask-0ffe87381352280e", "true # crond service crondServiceTask-0ffe87381352280e x",
        ])
    func kept(_ command: String) { #expect(LegacySuffix.stripped(command) == command) }

    @Test("A line with it is the same job as the line without") func sameJob() {
        let compiler = TableCompiler(format: .system, zone: .utc, zones: .system, host: "host")
        func jobs(_ text: String) -> [Job] { compiler.compile([TableFile(path: "t", content: Array(text.utf8))]).jobs }
        let plain = jobs("0 5 * * * root /usr/bin/backup\n"), restored = jobs("0 5 * * * root /usr/bin/backup\(Self.suffix)\n")
        #expect(plain == restored)
        #expect(restored.first?.id.description == "crondServiceTask-0ffe87381352280e")
    }
}
