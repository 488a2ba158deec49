import CronExpressions
import CronJobs
import Crontabs
import Testing

@testable import CronTables

@Suite("The legacy service's cache") struct LegacyCacheTests {
    let compiler = TableCompiler(format: .system, zone: .utc, zones: .system, host: "host")

    func export(_ text: String) -> LegacyExport {
        LegacyExport(files: [TableFile(path: "/etc/crontab", content: Array(text.utf8))], parse: compiler.parse)
    }

    func imported(_ json: String) -> LegacyImport? { LegacyCache(json: Array(json.utf8)).map(LegacyImport.init) }

    func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    // What Python prints for the same rows with json.dumps.
    @Test("is written in the form of Python's json.dumps") func form() {
        let cache = LegacyCache(rows: [["0", "5", "*", "*", "*", "root", "echo \"é\\\" 😀"], ["*", "*", "*", "*", "*", "root", "true"]])
        #expect(
            text(cache.json)
                == #"[["0", "5", "*", "*", "*", "root", "echo \"\u00e9\\\" \ud83d\ude00"], ["*", "*", "*", "*", "*", "root", "true"]]"#)
        #expect(text(LegacyCache().json) == "[]")
    }

    @Test("is the same after writing and reading") func roundTrip() {
        let cache = LegacyCache(rows: [["0", "5", "*", "*", "*", "root", "a\u{1}\u{7F}\t\\ \" é 😀"]])
        #expect(LegacyCache(json: cache.json) == cache)
    }

    @Test("holds the prints of ordinary lines, nicknames and weekday 7 included") func rows() {
        let found = export("00 05 * * 7 root a b # c\n@daily root cat%input\n30,15 * * * MON-FRI -x date +\\%Y\n")
        #expect(found.omissions.isEmpty)
        #expect(
            found.cache.rows == [
                ["0", "5", "*", "*", "0", "root", "a b"], ["0", "0", "*", "*", "*", "root", "cat"],
                ["15,30", "*", "*", "*", "MON-FRI", "-x", "date +%Y"],
            ])
    }

    @Test(
        "leaves out by line what the legacy service has no form for",
        arguments: [
            "@reboot root a", "0 0 L * * root a", "0 0 15W * * root a", "0 0 * * 5#2 root a", "0 0 * * 5L root a", "0~30 * * * * root a",
            "0 0 1 * +1 root a", "0 0 ? * * root a", "# crond: publish=amqp key=q\n0 0 * * * root a", "0 0 1 * 7-7 root a",
            "0 0 13 * 1-7 root a",
        ])
    func omissions(_ line: String) {
        let found = export("# a comment\n" + line + "\n")
        #expect(found.cache.rows.isEmpty, "\(found.cache.rows)")
        #expect(found.omissions.map(\.line) == [line.contains("\n") ? 3 : 2])
    }

    @Test("becomes a table that means the same") func table() {
        let found = imported(
            #"[["0", "5", "*", "*", "*", "root", "date +%Y \\"], ["*/5", "*", "*", "*", "0", "bob", "a"], ["0","0","1","JAN","*",null,"x"]]"#
        )
        #expect(found.map { text($0.content) } == "0 5 * * * root date +\\%Y \\\n*/5 * * * 0 bob a\n0 0 1 JAN * root x\n")
        #expect(found?.percents == [1] && found?.numericWeekdays == [2] && found?.unusable == [])
        let compiled = compiler.compile([TableFile(path: "/etc/crontab", content: found?.content ?? [])])
        #expect(compiled.jobs.map(\.command?.text) == ["date +%Y \\", "a", "x"])
    }

    @Test("Rows that are no entry are kept as comments, and can forge no line") func hostileRows() {
        let found = imported(
            ##"[["*","*","*","*","*","root","a\n* * * * * root evil"], ["*","*"], [], ["# x","*","*","*","*","root","a"], ["*","* *","*","*","*","root","a"], ["*","*","*","*","*","root","\u0000"]]"##
        )
        let content = found.map { text($0.content) } ?? ""
        #expect(content.split(separator: "\n").count == 6)
        #expect(content.split(separator: "\n").allSatisfy { $0.hasPrefix("# ") }, "\(content)")
        #expect(found?.unusable == [1, 2, 3, 4, 5, 6])
    }

    @Test("that is no list of rows is no cache", arguments: ["", "null", "{}", "[1]", "[[{}]]", "gASVCg==", "[[\"*\"", "\u{0}"])
    func noCache(_ json: String) { #expect(imported(json) == nil) }

    @Test("Whatever was exported comes back as the same rows") func exportedAgain() {
        let rows = export("0 5 * * 1-5 root a\\%b\n*/7 1-5 1,15 * * root  spaced  out \n").cache.rows
        let again = LegacyImport(LegacyCache(rows: rows))
        #expect(export(text(again.content)).cache.rows == rows)
    }
}
