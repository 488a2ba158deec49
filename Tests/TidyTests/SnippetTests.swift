internal import Testing

/// `Scripts/snippets` on small trees: what it compiles, and what it says of a snippet that does not.
@Suite struct SnippetTests {
    private static func fence(_ code: String, mark: String = "") -> String { "# Words\n\n\(mark)```swift\n\(code)\n```\n" }
    private static let good = "import Swift\nlet count: Int = 1\nprint(count)", bad = "import Swift\nlet count: Int = \"one\""

    @Test(arguments: ["README.md", "docs/page.md", "docs/manual/page.md", "Sources/Lib/Lib.docc/Lib.md"])
    func aDocument(_ path: String) throws {
        #expect(try FixtureTree([path: Self.fence(Self.good)]).snippets().code == 0)
        let verdict = try FixtureTree([path: Self.fence(Self.bad)]).snippets()
        #expect(verdict.code == 1)
        #expect(verdict.text.hasPrefix("\(path):5:"), "\(verdict.text)")
        #expect(verdict.text.contains("cannot convert"), "\(verdict.text)")
    }

    @Test func everyBrokenSnippetIsNamed() throws {
        let verdict = try FixtureTree(["README.md": Self.fence(Self.bad), "docs/page.md": Self.fence(Self.bad)]).snippets()
        #expect(verdict.text.split(separator: "\n").map { $0.prefix { $0 != ":" } } == ["README.md", "docs/page.md"], "\(verdict.text)")
    }

    @Test func theDocCommentOfAProduct() throws {
        let package = ".library(name: \"Lib\", targets: [\"Lib\"])\n.target(name: \"Own\")\n"
        func source(_ code: String) -> String {
            let comment = code.split(separator: "\n").map { "    /// \($0)\n" }.joined()
            return "enum Lib {\n    /// Words.\n    ///\n    /// ```swift\n\(comment)    /// ```\n    case a\n}\n"
        }
        let bad = try FixtureTree(["Package.swift": package, "Sources/Lib/Lib.swift": source(Self.bad)]).snippets()
        #expect(bad.text.hasPrefix("Sources/Lib/Lib.swift:6:"), "\(bad.text)")
        let good = try FixtureTree(["Package.swift": package, "Sources/Lib/Lib.swift": source(Self.good)]).snippets()
        #expect(good.text == "snippets: 1 compiled\n")
        // Nobody outside sees it.
        let own = try FixtureTree(["Package.swift": package, "Sources/Own/Lib.swift": source(Self.bad)]).snippets()
        #expect(own.text == "snippets: none found\n")
    }

    @Test func whatIsMarkedIsNotCompiled() throws {
        let marked = Self.fence(Self.bad, mark: "<!-- snippet: not compiled: another language's -->\n")
        #expect(try FixtureTree(["README.md": marked]).snippets().code == 0)
    }

    @Test func aSnippetGoesOnFromTheOneBeforeIt() throws {
        let next = "```swift\nprint(count + 1)\n```\n", mark = "<!-- snippet: continues -->\n"
        #expect(try FixtureTree(["README.md": Self.fence(Self.good) + mark + next]).snippets().text == "snippets: 2 compiled\n")
        #expect(try FixtureTree(["README.md": Self.fence(Self.good) + next]).snippets().code == 1)
    }

    @Test func linesThatNoReaderSeesStandAboveIt() throws {
        let text = Self.fence("print(count + 1)", mark: "<!-- snippet:\nimport Swift\nlet count = 1\n-->\n")
        #expect(try FixtureTree(["README.md": text]).snippets().text == "snippets: 1 compiled\n")
    }

    @Test func anEllipsisFitsAnywhere() throws {
        let prelude = "func given<Value>() -> Value { fatalError() }\nfunc given() {}\n"
        let text = Self.fence(
            "import Swift\nfunc answer(_ question: String) -> Int { … }\nlet list: [Int] = [answer(…)]\nlet action: () -> Void = { … }\n…")
        let verdict = try FixtureTree(["README.md": text, "Scripts/snippets-prelude.swift": prelude]).snippets()
        #expect(verdict.text == "snippets: 1 compiled\n", "\(verdict.text)")
    }

    @Test func whatIsWrittenForAFileOfTestsIsNoFunctionsBody() throws {
        let text = Self.fence("import Testing\n\n@Test func nothing() { #expect(Bool(true)) }")
        let verdict = try FixtureTree(["README.md": text]).snippets()
        #expect(verdict.text == "snippets: 1 compiled\n", "\(verdict.text)")
    }
}
