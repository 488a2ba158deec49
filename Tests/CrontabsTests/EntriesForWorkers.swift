import CronJobs
import Crontabs
import Testing

@Suite("Entries that workers carry out")
struct EntriesForWorkers {
    @Test func aPool() {
        let table = read("# crond: via=workers pool=gpu-2\n* * * * * x\n# crond: via=workers\n* * * * * y\n# crond: via=local\n* * * * * z")
        #expect(table.entries.map(\.policies.values.pool) == ["gpu-2", "default", nil])
        #expect(table.diagnostics.isEmpty)
    }

    @Test(
        "What does not go together is said, and the entry does not run",
        arguments: [
            ("pool=gpu", "* * * * *", "pool= belongs to via=workers"), ("via=local pool=gpu", "* * * * *", "pool= belongs to via=workers"),
            ("via=workers", "@reboot", "@reboot is about the start of this very service"),
            ("via=workers publish=amqp key=k", "* * * * *", "publish=amqp runs none"),
            ("via=workers host=web-0", "* * * * *", "both say where it runs"),
            ("via=workers host=all", "* * * * *", "both say where it runs"),
            ("via=workers overlap=replace", "* * * * *", "write overlap=skip or max-running="),
            ("via=workers overlap=queue(2)", "* * * * *", "write overlap=skip or max-running="),
            ("via=workers load-gate=\"psi(cpu, 10, 5s)\"", "* * * * *", "the workers are others"),
            ("via=workers store-down=rank0", "* * * * *", "store-down= can be hold or skip"),
        ])
    func faults(_ directive: String, _ fields: String, _ words: String) {
        let table = read("# crond: \(directive)\n\(fields) x")
        #expect(table.entries.isEmpty)
        #expect(table.errors.count == 1 && table.errors[0].contains(words), "\(table.errors)")
    }

    @Test func whatGoesTogether() {
        let table = read("# crond: via=workers overlap=skip max-running=3 attempts=2 timeout=5s store-down=skip grace=none\n* * * * * x")
        #expect(table.entries.count == 1 && table.diagnostics.isEmpty)
    }

    @Test func aPoolThatIsNoName() {
        for name in ["", "-a", "a b", "ü", String(repeating: "x", count: 65)] {
            #expect(read("# crond: via=workers pool=\"\(name)\"\n* * * * * x").entries.isEmpty, "\(name)")
        }
    }
}
