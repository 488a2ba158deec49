import CronExpressions
import CronJobs
import CronTables
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
        #expect(table.jobs.map(\.command?.text) == ["one", "two"])
        #expect(table.stale.count == 1)
    }

    @Test func aStaleJobsScheduleIsThatOfItsLastGoodVersion() throws {
        var table = filled("# crond: name=x\n1  2 * * * one\n", "# crond: name=x\n61 2 * * * one\n")
        let id = JobID("x")
        #expect(JobPlaces(table).schedule(of: id, in: ["/t": Array("# crond: name=x\n61 2 * * * one\n".utf8)]) == "1 2 * * *")
        // And that of one whose line was bad before.
        let next = file("# crond: name=x\n62 2 * * * one\n")
        let previous = AppliedTable(files: [file("# crond: name=x\n61 2 * * * one\n")], compiled: table)
        table = compiler.compile([next])
        LastGood.fill(&table, files: [next], from: previous)
        #expect(JobPlaces(table).schedule(of: id, in: ["/t": next.content]) == "1 2 * * *")
    }

    @Test func aNameFindsItsJobWhereverItStands() {
        let table = filled("# crond: name=x\n1 * * * * one\n2 * * * * two\n", "2 * * * * two\n\n# crond: name=x\n61 * * * * one\n")
        #expect(table.stale == [JobID("x")])
    }

    @Test func aBadLineWithoutAPartnerDoesNotRun() {
        let table = filled("1 * * * * one\n", "1 * * * * one\n99 * * * * new\n")
        #expect(table.jobs.map(\.command?.text) == ["one"])
        #expect(table.stale.isEmpty)
    }

    @Test func identicalLinesHaveIdsOfTheirOwn() {
        let jobs = compiler.compile([file("1 * * * * one\n1 * * * * one\n1 * * * * one\n")]).jobs
        #expect(Set(jobs.map(\.id)).count == 3)
        #expect(jobs[1].id == jobs[0].id.copy(2))
    }

    // MARK: Broken assignments

    private func runs(_ table: CompiledTable, _ name: String = "T") -> [String] {
        table.jobs.compactMap(\.command).map { "\($0.text)=\($0.variables[name] ?? "missing")" }
    }

    @Test(
        "What a broken assignment reached stays at its last good version, with the variable",
        arguments: [
            "T=\"prod\" # the live one", "T prod", "T=\"prod", "'T\"=prod", "\"T=prod", "export T=prod", "set T=prod", "declare -x T=prod",
            "T X=prod", "- T=prod", "* * T=prod", "this is no line",
        ])
    func brokenAssignment(line: String) {
        let table = filled("T=prod\n1 * * * * one\n2 * * * * two\n", "\(line)\n1 * * * * one\n3 * * * * two\n")
        #expect(runs(table) == ["one=prod", "two=prod"])
        #expect(table.stale.count == 2, "the changed line, too")
        let old = compiler.compile([file("T=prod\n1 * * * * one\n2 * * * * two\n")])
        #expect(table.jobs == old.jobs)
    }

    @Test("Lines above it, and below the next of its name, are as they stand; a new line below gets the last good value") func reach() {
        let table = filled(
            "1 * * * * above\nT=a\n2 * * * * below\nT=b\n3 * * * * last\n",
            "1 * * * * above\nT=\"a\" x\n2 * * * * below\n4 * * * * new\nT=c\n3 * * * * last\n")
        #expect(Set(runs(table)) == ["above=missing", "below=a", "new=a", "last=c"])
        #expect(table.stale.count == 1)
    }

    @Test("The next content with the same broken line keeps it so; mending it ends that") func carried() {
        let texts = ["T=a\n1 * * * * one\n", "T=\"a\" x\n1 * * * * one\n", "T=\"a\" x\n\n1 * * * * one\n2 * * * * two\n"]
        var previous = AppliedTable(files: [file(texts[0])], compiled: compiler.compile([file(texts[0])]))
        for text in texts.dropFirst() {
            var table = compiler.compile([file(text)])
            LastGood.fill(&table, files: [file(text)], from: previous)
            #expect(Set(runs(table)).isSuperset(of: ["one=a"]) && table.stale.count == 1)
            previous = AppliedTable(files: [file(text)], compiled: table)
        }
        #expect(Set(runs(previous.compiled)) == ["one=a", "two=a"])
        let mended = "T=b\n1 * * * * one\n"
        var table = compiler.compile([file(mended)])
        LastGood.fill(&table, files: [file(mended)], from: previous)
        #expect(runs(table) == ["one=b"] && table.stale.isEmpty)
    }

    @Test("One of any shape that is broken otherwise, or beside another, keeps what it reached") func brokenAgain() {
        let texts = ["A=a\nT=t\n1 * * * * one\n", "export A=a\nT=u\n1 * * * * one\n", "export A=b\nT=u\n1 * * * * one\n2 * * * * two\n"]
        var previous = AppliedTable(files: [file(texts[0])], compiled: compiler.compile([file(texts[0])]))
        for text in texts.dropFirst() {
            var table = compiler.compile([file(text)])
            LastGood.fill(&table, files: [file(text)], from: previous)
            #expect(Set(runs(table, "A")).isSuperset(of: ["one=a"]) && table.stale.count == 1)
            previous = AppliedTable(files: [file(text)], compiled: table)
        }
        #expect(Set(runs(previous.compiled, "A")) == ["one=a", "two=a"])
        // Two of them at once.
        let table = filled("A=a\nT=t\n1 * * * * one\n", "export A=a\nT prod\n1 * * * * one\n")
        #expect(runs(table, "A") == ["one=a"] && runs(table) == ["one=t"])
    }

    @Test("An assignment that is taken away is no broken one, though a line elsewhere is bad") func takenAway() {
        let table = filled("T=t\n1 * * * * one\n2 * * * * two\n", "1 * * * * one\n2 * * * two\n")
        #expect(Set(runs(table)) == ["one=missing", "two=t"])
    }

    @Test("A broken line without a last good version changes nothing below it") func noVersion() {
        let table = filled("1 * * * * one\n", "T=\"a\" x\n1 * * * * one\n")
        #expect(runs(table) == ["one=missing"] && table.stale.isEmpty)
    }
}
