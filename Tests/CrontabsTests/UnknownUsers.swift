import CronExpressions
import Crontabs
import Testing

@Suite("Unknown users")
struct UnknownUsers {
    @Test func areMentionedOnceEach() {
        let text = "0 0 * * * root a\n  -0 0 * * *\tbob b\n@daily bob c\n0 0 * * * 1000:5 d\n"
        let table = read(text)
        var asked: [String] = []
        let found = table.unknownUsers(in: Array(text.utf8), path: "p") {
            asked.append($0)
            return $0 != "bob"
        }
        #expect(asked == ["root", "bob", "1000:5"])
        #expect(found.map(\.line) == [2] && found.map(\.column) == [14] && found.allSatisfy { !$0.isError })
        #expect(found.first?.diagnostic.message == "there is no user “bob” on this machine: its 2 entries cannot start")
        #expect(read("0 0 * * * bob a", .user).unknownUsers(in: Array("0 0 * * * bob a".utf8), path: "p") { _ in false }.isEmpty)
    }
}
