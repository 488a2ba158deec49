internal import Testing

/// `Scripts/tidy` on small trees: each rule once kept and once broken.
@Suite struct TidyTests {
    @Test func theRealTreeIsTidy() throws {
        let verdict = try FixtureTree.tidy(FixtureTree.checkout)
        #expect(verdict.code == 0, "\(verdict.text)")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var rule: String
        var path: String
        var clean: String
        var broken: String
        /// Where the broken text may stand: the rule's one exception.
        var room: String?

        var testDescription: String { "\(rule) \(path)" }
    }

    @Test(arguments: cases) func aRuleKept(_ each: Case) throws {
        let tree = try FixtureTree([each.path: each.clean, "Scripts/banned-words.txt": "misfireGrace\n", "there.md": "here\n"])
        let verdict = try tree.tidy()
        #expect(verdict.text == "")
        #expect(verdict.code == 0)
    }

    @Test(arguments: cases) func aRuleBroken(_ each: Case) throws {
        let tree = try FixtureTree([each.path: each.broken, "Scripts/banned-words.txt": "misfireGrace\n"])
        let verdict = try tree.tidy()
        #expect(verdict.code == 1)
        #expect(verdict.text.hasPrefix("\(each.path):"))
        #expect(verdict.text.contains(": \(each.rule): "))
        #expect(verdict.text.split(separator: "\n").count == 1, "\(verdict.text)")
    }

    @Test(arguments: cases.filter { $0.room != nil }) func aRuleBrokenWhereItMayBe(_ each: Case) throws {
        let tree = try FixtureTree([each.room ?? "": each.broken])
        let verdict = try tree.tidy()
        #expect(verdict.text == "")
        #expect(verdict.code == 0)
    }

    @Test func findingsNameTheLineAndSayHowToFix() throws {
        let tree = try FixtureTree(["Sources/CronJobs/Pair.swift": "struct Pair {}\n\nimport Foundation\n"])
        let verdict = try tree.tidy()
        #expect(
            verdict.text
                == "Sources/CronJobs/Pair.swift:3: floors: import of Foundation: FoundationEssentials in CronTables, CronDaemon and crond, Glibc elsewhere\n"
        )
    }

    @Test func commentsAndStringsAreNotCode() throws {
        let text = ##"""
            struct Quiet {
                // try! fatalError( as! Date(
                /* fatalError( /* as! */ try! */
                let plain = "fatalError( \(name("as! ")) try!"
                let raw = #"try! " as! "#
                let long = """
                    fatalError( "as!"
                    """
            }

            """##
        let verdict = try FixtureTree(["Sources/CronJobs/Quiet.swift": text]).tidy()
        #expect(verdict.text == "")
    }

    @Test func aFunctionWithoutBodyIsNotMeasuredByItsNeighbour() throws {
        let long = String(repeating: "        step()\n", count: 55)
        let text =
            "protocol Walker {\n    func walk(_ at: Int) -> Int\n    func rest()\n}\n\nstruct Feet {\n    func step() {\n\(long)    }\n}\n"
        let verdict = try FixtureTree(["Sources/CronJobs/Walker.swift": text]).tidy()
        #expect(verdict.text == "")
    }

    @Test func noTreeIsAnErrorOfUse() throws {
        let verdict = try FixtureTree.tidy("/nonexistent")
        #expect(verdict.code == 1)
        #expect(verdict.text.contains("has no Sources"))
    }

    private static func function(lines: Int) -> String {
        "struct Long {\n    func walk() {\n\(String(repeating: "        step()\n", count: lines - 2))    }\n}\n"
    }

    static let cases: [Case] = [
        // Floors: down is allowed, sideways and up are not, whatever the import's access level or kind.
        Case(
            rule: "floors", path: "Sources/CronEngine/Plan.swift", clean: "public import CronJobs\nstruct Plan {}\n",
            broken: "internal import CronProcesses\nstruct Plan {}\n", room: "Sources/CronDaemon/Plan.swift"),
        Case(
            rule: "floors", path: "Sources/CronJobs/Noun.swift", clean: "import struct CronExpressions.Instant\nstruct Noun {}\n",
            broken: "@testable import struct CronDaemon.Noun\nstruct Noun {}\n", room: "Sources/crond/Noun.swift"),
        Case(
            rule: "floors", path: "Sources/CronExpressions/Field.swift", clean: "import Synchronization\nstruct Field {}\n",
            broken: "import FoundationEssentials\nstruct Field {}\n", room: "Sources/CronDaemon/Field.swift"),
        Case(
            rule: "floors", path: "Sources/CronDaemon/Root.swift", clean: "package import Logging\nstruct Root {}\n",
            broken: "import Foundation\nstruct Root {}\n"),
        Case(
            rule: "floors", path: "Sources/CronJobs/Store.swift", clean: "import Synchronization\nstruct Store {}\n",
            broken: "import SomethingNew\nstruct Store {}\n"),
        // Ceilings.
        Case(
            rule: "file-length", path: "Sources/CronJobs/Tall.swift",
            clean: "struct Tall {}\n" + String(repeating: "// line\n", count: 399),
            broken: "struct Tall {}\n" + String(repeating: "// line\n", count: 400)),
        Case(rule: "function-length", path: "Sources/CronJobs/Long.swift", clean: function(lines: 60), broken: function(lines: 61)),
        // Calls.
        Case(
            rule: "clock", path: "Sources/CronJobs/Age.swift", clean: "struct Age { let now: Int }\n",
            broken: "struct Age { let now = clock_gettime(0, &x) }\nstruct LinuxClocks {}\n", room: "Sources/LinuxEvents/LinuxClocks.swift"),
        Case(
            rule: "print", path: "Sources/CronJobs/Voice.swift", clean: "struct Voice { let line = blueprint(1) }\n",
            broken: "struct Voice { let line: Void = print(1) }\n", room: "Sources/crond/Voice.swift"),
        Case(
            rule: "trap", path: "Sources/CronJobs/Risk.swift", clean: "struct Risk { let x = try? f() as? Int }\n",
            broken: "struct Risk { let x = try! f() }\n"),
        Case(
            rule: "trap", path: "Tests/SomeTests/Risk.swift", clean: "@Test func x() {}\n", broken: "@Test func x() { fatalError() }\n"),
        Case(
            rule: "reaping", path: "Sources/CronProcesses/Reaper.swift", clean: "struct Reaper { let x = waitpid(pid, &status, 0) }\n",
            broken: "struct Reaper { let x = waitpid(-1, &status, 0) }\nstruct InitProcess {}\n",
            room: "Sources/CronProcesses/InitProcess.swift"),
        Case(
            rule: "libc", path: "Sources/CronEngine/Libc.swift", clean: "struct Libc {}\n",
            broken: "internal import Glibc\nstruct Libc {}\n",
            room: "Sources/CronScheduler/System/Libc.swift"),
        Case(
            rule: "sleeping", path: "Tests/SomeTests/Wait.swift", clean: "@Test func x() async { await clock.sleep() }\n",
            broken: "@Test func x() async throws { try await Task.sleep(for: .seconds(1)) }\n", room: "Tests/BlackBox/Wait.swift"),
        Case(
            rule: "sleeping", path: "Sources/CronJobs/Wait.swift", clean: "struct Wait { let x = try await SharedPool.wait(for: a) }\n",
            broken: "struct Wait { let x = try await Task.sleep(for: a) }\n"),
        // Names.
        Case(
            rule: "test", path: "Tests/SomeTests/Helper.swift", clean: "// tidy: helper\nfunc help() {}\n", broken: "func help() {}\n"),
        Case(
            rule: "file-name", path: "Sources/CronJobs/Pair.swift", clean: "enum Side {}\nstruct Pair {}\n", broken: "struct Couple {}\n",
            room: "Sources/CronJobs/Couple.swift"),
        Case(
            rule: "file-name", path: "Sources/CronJobs/Pair+Text.swift", clean: "extension Pair {}\n", broken: "extension Couple {}\n",
            room: "Sources/CronJobs/Couple+Text.swift"),
        Case(
            rule: "word", path: "Sources/CronJobs/Late.swift", clean: "struct Late { let grace = f(\"misfireGrace\") }\n",
            broken: "struct Late { let jobMisfireGraceTime = 1 }\n"),
        Case(
            rule: "word", path: "Sources/CronJobs/Late.swift", clean: "struct Late { func run(grace: Int) { run(misfire: grace) } }\n",
            broken: "struct Late { func run(misfire_grace limit: Int) {} }\n"),
        // Documents.
        Case(
            rule: "link", path: "docs/page.md", clean: "[a](../there.md#part) `[b](no.md)` [c](https://example.org/no.md) [d](#top)\n",
            broken: "[a](../nowhere.md)\n"),
    ]
}
