import CronDaemon
import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite struct LastGoodTests {
    let compiler = TableCompiler(format: .user, zone: .utc, zones: .system, host: "host")

    func file(_ text: String) -> TableFile { TableFile(path: "/t", content: Array(text.utf8)) }

    func filled(_ old: String, _ new: String) -> CompiledTable {
        let previous = AppliedTable(files: [file(old)], compiled: compiler.compile([file(old)]))
        var table = compiler.compile([file(new)])
        LastGood.fill(&table, files: [file(new)], from: previous)
        return table
    }

    @Test func aBadLineKeepsTheVersionThatALineDiffPairsWithIt() {
        let table = filled("1 * * * * one\n2 * * * * two\n", "1 * * * * one\n99 * * * * two\n")
        #expect(table.jobs.map(\.command.text) == ["one", "two"])
        #expect(table.stale.count == 1)
    }

    @Test func aNameFindsItsJobWhereverItStands() {
        let table = filled("# crond: name=x\n1 * * * * one\n2 * * * * two\n", "2 * * * * two\n\n# crond: name=x\n61 * * * * one\n")
        #expect(table.stale == [JobID("x")])
    }

    @Test func aBadLineWithoutAPartnerDoesNotRun() {
        let table = filled("1 * * * * one\n", "1 * * * * one\n99 * * * * new\n")
        #expect(table.jobs.map(\.command.text) == ["one"])
        #expect(table.stale.isEmpty)
    }

    @Test func identicalLinesHaveIdsOfTheirOwn() {
        let jobs = compiler.compile([file("1 * * * * one\n1 * * * * one\n1 * * * * one\n")]).jobs
        #expect(Set(jobs.map(\.id)).count == 3)
        #expect(jobs[1].id == jobs[0].id.copy(2))
    }
}
