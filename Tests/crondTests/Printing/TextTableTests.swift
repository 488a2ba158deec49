internal import Testing

@testable internal import crond

@Suite("A table for people")
struct TextTableTests {
    private static func table() -> TextTable {
        var table = TextTable([.init("NAME", least: 8), .init("WHERE", least: 8, keepsEnd: true), .init("LATE", isRight: true)])
        table.add(["nightly-backup-of-all", "/etc/cron.d/backups:12", "0.1 s"])
        table.add(["备份", "/etc/crontab:3", "12.0 s"])
        return table
    }

    @Test("Each column is as wide as its widest cell; what is piped is not cut")
    func piped() {
        #expect(
            Self.table().lines() == [
                "NAME                   WHERE                     LATE",
                "nightly-backup-of-all  /etc/cron.d/backups:12   0.1 s",
                "备份                   /etc/crontab:3          12.0 s",
            ])
    }

    @Test(
        "On a narrow terminal the widest columns shrink, each with an ellipsis, down to their least width", arguments: [20, 40, 52, 53, 80])
    func narrow(width: Int) {
        let lines = Self.table().lines(width: width)
        let widths = lines.map(TextWidth.of)
        #expect(widths.allSatisfy { $0 <= max(width, 8 + 2 + 8 + 2 + 6) }, "\(lines)")
        #expect(lines[1].contains("…") == (width < 53), "\(lines)")
        #expect(lines[1].contains(":12"), "the end of a path says most: \(lines)")
    }

    @Test("A column that may not shrink stays whole")
    func rigid() {
        var table = TextTable([.init("A"), .init("B", least: 3)])
        table.add(["abcdefghijkl", "abcdefghijkl"])
        #expect(table.lines(width: 18) == ["A             B", "abcdefghijkl  abc…"])
        #expect(table.lines(width: 5)[1] == "abcdefghijkl  ab…")
    }

    @Test("Where shrinking is not enough, columns are left out, the highest number first, and the others stay in their order")
    func leftOut() {
        var table = TextTable([.init("A", least: 3), .init("B", least: 3, goes: 2), .init("C", goes: 1), .init("D", least: 3)])
        table.add(["aaaa", "bbbb", "cccc", "dddd"])
        table.add(["a"])
        #expect(table.lines(width: 19)[1] == "aa…  bb…  cccc  dd…")
        #expect(table.lines(width: 18) == ["A     C     D", "aaaa  cccc  dddd", "a"])
        #expect(table.lines(width: 14)[1] == "aa…  cccc  dd…")
        #expect(table.lines(width: 10) == ["A     D", "aaaa  dddd", "a"])
        #expect(table.lines(width: 2)[1] == "aa…  dd…", "what may not go stays")
    }

    @Test("What others wrote cannot move the cursor, turn the text round or break the line")
    func hostile() {
        var table = TextTable([.init(""), .init("")])
        table.add(["a\u{1B}[2Jb\u{9B}c\u{202E}d\te\nf", "x"])
        #expect(table.lines() == [#"a\x1b[2Jb\u009bc\u202ed e\x0af  x"#])
    }

    @Test("Colours take no cells, and there are none unless asked for; a line has no blanks at its end")
    func colours() {
        var table = TextTable([.init("A"), .init("B")])
        table.add([.init("bad", .bad), .init("")])
        table.add([.init(""), .init("x", .good)])
        #expect(table.lines() == ["A    B", "bad", "     x"])
        #expect(table.lines(isColored: true)[1] == "\u{1B}[31mbad\u{1B}[0m")
        #expect(table.lines(isColored: true)[2] == "     \u{1B}[32mx\u{1B}[0m")
    }

    @Test(
        "Letters of East Asia and emoji take two cells, marks on other letters none",
        arguments: [
            ("abc", 3), ("é", 1), ("e\u{301}", 1), ("备份", 4), ("한글", 4), ("ｆｕ", 4), ("👍🏽", 2), ("🇩🇪", 2), ("👨‍👩‍👧", 2), ("✔\u{FE0F}", 2),
            ("نسخة", 4), ("ไทย", 3),
            ("", 0),
        ])
    func width(text: String, width: Int) { #expect(TextWidth.of(text) == width) }

    @Test("A cut never goes through a letter, and fits")
    func cut() {
        #expect(TextWidth.cut("备份备份", to: 5) == "备份…")
        #expect(TextWidth.cut("备份备份", to: 4) == "备…")
        #expect(TextWidth.cut("abcdef", to: 4, keepsEnd: true) == "…def")
        #expect(TextWidth.cut("abc", to: 3) == "abc")
        #expect(TextWidth.cut("abc", to: 1) == "…" && TextWidth.cut("abc", to: 0).isEmpty)
    }
}
