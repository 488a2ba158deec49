import Testing

@testable import CronProcesses

@Suite struct SimpleCommandTests {
    private func words(_ command: String) -> [String]? {
        guard let simple = SimpleCommand(command) else { return nil }
        return simple.starts.map { start in
            String(decoding: simple.text[start...].prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }

    @Test("Plain words, the first of them a path, take no shell")
    func simple() {
        #expect(words("/bin/true") == ["/bin/true"])
        #expect(
            words(" \t/usr/bin/find  /tmp\t-mtime +7 --a=b,c:d@e%f= = ") == [
                "/usr/bin/find", "/tmp", "-mtime", "+7", "--a=b,c:d@e%f=", "=",
            ])
        #expect(words("./a b") == ["./a", "b"])
        #expect(words("a_B.9/x") == ["a_B.9/x"])
        #expect(SimpleCommand("/bin/echo a/b")?.program == "/bin/echo")
    }

    @Test(
        "Whatever a shell may take for more than a word is the shell's",
        arguments: [
            "", " ", "true", "true /bin/true", "echo a/b", "A=b /bin/true", "A=/bin/true", "/a=b", "-/x", "+/x", "--help/x", "=/x", "!/x",
            "exec /bin/true", "/bin/true\n", "/bin/true\r", "/bin/true\u{0B}", "/bin/true\u{0}", "/bin/true ä", "/bin/true \u{A0}", "~/x",
            ". /x",
            ": /x", "cd /",
        ])
    func others(_ command: String) { #expect(words(command) == nil) }

    @Test("No character with a meaning in a shell is plain, wherever it stands", arguments: Array("!\"#$&'()*;<>?[\\]^`{|}~\n"))
    func characters(_ character: Character) {
        for command in ["/bin/true \(character)", "/bin/true a\(character)b", "/bin/tr\(character)ue", "\(character)/bin/true"] {
            #expect(words(command) == nil, "\(command)")
        }
    }
}
