import CronExpressions
import CronJobs
import Crontabs
import Testing

@Suite("Entries that workers carry out")
struct EntriesForWorkers {
    private func read(_ text: String) -> Crontab { CrontabsTests.read(text, .user) }

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
            ("ack=completion", "* * * * *", "ack= belongs to via=workers"),
            ("via=workers ack=completion attempts=2", "* * * * *", "needs a timeout= that is over, with its kill-after=, within 25m"),
            ("via=workers ack=completion attempts=2 timeout=25m", "* * * * *", "after 30m the broker takes back"),
            ("via=workers ack=completion attempts=2 timeout=5m kill-after=20m1s", "* * * * *", "within 25m"),
            ("via=workers ack=completion timeout=5m", "* * * * *", "write attempts=2, or more"),
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

    @Test("Acknowledged at the end: within what the broker waits for") func completion() {
        let text = "# crond: via=workers ack=completion attempts=2 timeout=100m\n* * * * * x"
        #expect(read(text.replacing("100m", with: "24m50s")).entries.first?.policies.values.acknowledgement == .completion)
        #expect(read(text).entries.isEmpty)
        var options = CrontabOptions(format: .user, zone: .utc, zones: .system, path: "t")
        options.consumerTimeout = .seconds(7200)
        #expect(Crontab(parsing: Array(text.utf8), options: options).entries.count == 1)
        #expect(read("# crond: via=workers ack=hand-over\n* * * * * x").entries.count == 1)
    }

    @Test func aPoolThatIsNoName() {
        for name in ["", "-a", "a b", "ü", String(repeating: "x", count: 65)] {
            #expect(read("# crond: via=workers pool=\"\(name)\"\n* * * * * x").entries.isEmpty, "\(name)")
        }
    }
}
