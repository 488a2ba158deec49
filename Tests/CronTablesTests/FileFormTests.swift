import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Testing

@Suite("Format and owner of each file") struct FileFormTests {
    private func compiled(_ source: TableSource, _ texts: [(String, String)]) -> CompiledTable {
        let compiler = TableCompiler(source: source, zone: .utc, zones: .system, host: "host")
        return compiler.compile(texts.map { TableFile(path: $0.0, content: Array($0.1.utf8)) })
    }

    @Test("A table of one user's lines stands beside the system's; its lines run as its owner, and keep their first word") func owned() {
        var source = TableSource(files: ["/etc/crontab", "/spool/ann"])
        source.forms["/spool/ann"] = FileForm(.user, owner: "ann")
        let table = compiled(
            source, [("/etc/crontab", "1 * * * * bob one\n"), ("/spool/ann", "A=1\n2 * * * * bob two\n3 * * * * three\n")])
        #expect(table.jobs.map(\.command?.user) == ["bob", "ann", "ann"])
        #expect(table.jobs.map(\.command?.text) == ["one", "bob two", "three"])
        #expect(table.faults.isEmpty)
    }

    @Test("A folder's form is that of its files, but for those with their own") func folder() {
        var source = TableSource(files: [], dropInFolders: ["/d"])
        source.forms["/d"] = FileForm(.user, owner: "ann")
        source.forms["/d/b"] = FileForm(.user)
        let table = compiled(source, [("/d/a", "1 * * * * one\n"), ("/d/b", "2 * * * * two\n"), ("/e", "3 * * * * bob three\n")])
        #expect(table.jobs.map(\.command?.user) == ["ann", nil, "bob"])
    }
}
