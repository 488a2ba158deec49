import CronExpressions
import Crontabs
import Glibc
import Testing

/// What the manual, the catalogue and the comments show is compiled here, and each test looks whether they still show it.
@Suite("The examples of the manual")
struct ManualSnippetTests {
    private let text = "# obsolete\n0 1 * * * old\n\n0 2 * * * /usr/bin/backup\n"

    @Test("Editing a file") func file() throws {
        let shop = "/tmp/crond-snippet-\(getpid())"
        defer { unlink(shop) }
        // manual/editing.md
        try CrontabFile.edit(shop, format: .system) { table in
            try table.setVariable("MAILTO", to: "ops@example.com")
            if table.entry(named: "shop-backup") == nil {
                try table.append(
                    EntryDraft(
                        .daily(hour: 3), user: "www-data", command: "/srv/shop/backup",
                        directives: ["name": "shop-backup", "timeout": "1h"]))
            }
        }
        // end
        let written = try CrontabFile(shop, format: .system).table
        #expect(written.text == "MAILTO=ops@example.com\n# crond: name=shop-backup timeout=1h\n0 3 * * * www-data /srv/shop/backup\n")
        try shows("manual/editing.md", "docs/manual/editing.md", replacing: "shop,", with: "\"/etc/cron.d/shop\",")
        try CrontabFile.edit(shop, format: .system) { table in
            try table.setVariable("MAILTO", to: "ops@example.com")
            try table.append(EntryDraft(.daily(hour: 3), user: "www-data", command: "/srv/shop/clean"))
        }
        #expect(try CrontabFile(shop, format: .system).table.entries.map(\.command) == ["/srv/shop/backup", "/srv/shop/clean"])
    }

    @Test("Finding and changing") func finding() throws {
        var shown: [String] = []
        func print(_ line: Int, _ schedule: ScheduleText, _ words: String) { shown.append("\(line) \(schedule) \(words)") }
        // finding
        var table = try EditableCrontab(text, format: .user)
        for entry in table.entries(command: "backup") where entry.isEnabled {
            print(entry.lineNumber, entry.schedule, entry.description(in: .english) ?? "does not run")
            try table.set(.hour, to: .on(3, 15), of: entry.id)
        }
        try table.removeAll { $0.comments.contains("obsolete") }
        // end
        #expect(shown == ["4 0 2 * * * At 02:00 every day"])
        #expect(table.text == "# obsolete\n\n0 3,15 * * * /usr/bin/backup\n")
        try shows("finding", "docs/manual/editing.md")
    }

    @Test("The catalogue") func catalogue() throws {
        func print(_ text: String) { #expect(text.hasSuffix("# Figures of the week\n0 0 * * SUN /usr/local/bin/report\n")) }
        // catalogue
        var table = try EditableCrontab(text, format: .user)
        for entry in table.entries(command: "backup") {
            try table.update(entry.id) { $0.schedule = .daily(hour: 3, minute: 30) }
        }
        try table.append(EntryDraft(.weekly(on: .on(.sunday)), command: "/usr/local/bin/report", comment: "Figures of the week"))
        print(table.text)
        // end
        try shows("catalogue", "Sources/Crontabs/Crontabs.docc/Crontabs.md")
        try shows("catalogue", "Sources/Crontabs/Editing/EditableCrontab.swift", prefix: "/// ")
    }

    @Test("From python-crontab") func migrating() throws {
        // migrating
        var table = try EditableCrontab(text, format: .user)
        let id = try table.append(EntryDraft("@daily", command: "/usr/bin/job"))
        try table.update(id) {
            $0.schedule = ScheduleText(minute: .every(15), hour: .during(9, 17), dayOfWeek: .during(.monday, .friday))
            $0.comment = "In working hours"
        }
        try table.disable(id)
        // end
        #expect(table.text.hasSuffix("# In working hours\n#*/15 9-17 * * MON-FRI /usr/bin/job\n"))
        try shows("migrating", "Sources/Crontabs/Crontabs.docc/MigratingFromPythonCrontab.md")
    }

    // MARK: -

    /// Expects the lines of this file between `// NAME` and `// end` in a document.
    private func shows(
        _ name: String, _ document: String, replacing old: String = "", with new: String = "", prefix: String = "", file: String = #filePath
    ) throws {
        let here = try content(file).split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(here.firstIndex { $0 == "        // \(name)" })
        let lines = here[(start + 1)...].prefix { $0 != "        // end" }.map { prefix + $0.dropFirst(8) }
        var wanted = lines.joined(separator: "\n")
        if !old.isEmpty { wanted = wanted.replacing(old, with: new) }
        let root = file.split(separator: "/").dropLast(4).joined(separator: "/")
        #expect(try content("/\(root)/\(document)").contains(wanted), "\(document) does not show:\n\(wanted)")
    }

    private func content(_ path: String) throws -> String {
        let file = try #require(fopen(path, "r"), "\(path) cannot be read")
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 17)
        return String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
    }
}
