import CronExpressions
import CronJobs
import CronTables
import Crontabs
import Testing

@Suite("A table that several hosts have by a store that they share") struct SharedTableTests {
    private func compiled(isShared: Bool, _ text: String) -> CompiledTable {
        var compiler = TableCompiler(format: .user, zone: .utc, zones: .system, host: "host")
        compiler.isShared = isShared
        return compiler.compile([TableFile(path: "t", content: Array(text.utf8))])
    }

    @Test("`queue` and `replace` without a host are a bad line that says what to write", arguments: ["queue(2)", "replace"])
    func bad(_ overlap: String) {
        let table = compiled(isShared: true, "# crond: name=a overlap=\(overlap)\n* * * * * x\n\n# crond: name=b\n* * * * * y\n")
        #expect(table.jobs.map(\.id.description) == ["b"] && table.faults.map(\.name) == ["a"])
        #expect(table.diagnostics.contains { $0.isError && $0.diagnostic.message.contains("write host=NAME") })
    }

    @Test("With a host, with all, and where nobody else has it, they are good", arguments: ["host=web-0", "host=all", nil])
    func good(_ host: String?) {
        let text = "# crond: name=a overlap=replace \(host ?? "")\n* * * * * x\n"
        #expect(compiled(isShared: host != nil, text).jobs.count == 1)
    }
}
