import CronExpressions
import Testing

@Suite("DIALECT, other dialects: quartz") struct DialectQuartz {
    @Test("quartz: seconds first, 1 = Sunday, ? in exactly one day field") func quartz() throws {
        #expect(try Starts.days("0 0 0 ? * 1", 2026, 9, .quartz) == [6, 13, 20, 27])
        #expect(try Starts.days("0 0 0 ? * SUN", 2026, 9, .quartz) == [6, 13, 20, 27])
        #expect(try Starts.days("0 0 0 ? * FRI-MON", 2026, 9, .quartz) == [4, 5, 6, 7, 11, 12, 13, 14, 18, 19, 20, 21, 25, 26, 27, 28])
        #expect(try Starts.days("0 0 0 L-3 * ?", 2026, 9, .quartz) == [27])
        #expect(try Starts.days("0 0 0 L-3W * ?", 2026, 9, .quartz) == [28])
        #expect(try Starts.days("0 0 0 ? * L", 2026, 9, .quartz) == [5, 12, 19, 26])
        #expect(try Starts.days("0 0 0 ? * 6#3", 2026, 9, .quartz) == [18])
        #expect(try Starts.days("0 0 0 1/10 * ?", 2026, 9, .quartz) == [1, 11, 21])
        for text in ["0 0 0 1 * 1", "0 0 0 * * *", "0 0 0 ? * ?", "0 0 * * ?", "0 0 0 ? * 0", "0 0 0 ? * 8"] {
            #expect(!Accepts.text(text, .quartz))
        }
        #expect(Accepts.suggestion("0 12 * * *", .quartz) == "0 0 12 * * ?")
    }

    @Test("quartz: a lone L in the day of week is Saturday, and is refused in a list", arguments: ["SAT,SUN,L", "L,SUN", "1,L,2", "L,L"])
    func loneLast(_ days: String) throws {
        #expect(Accepts.errors("0 0 0 ? * \(days)", .quartz) >= 1)
        #expect(Accepts.suggestion("0 0 0 ? * \(days)", .quartz) == "7")
        #expect(try Starts.days("0 0 0 ? * \(days.replacing("L", by: "7"))", 2026, 9, .quartz).contains(5))
    }
}

extension String {
    fileprivate func replacing(_ part: Character, by other: String) -> String { map { $0 == part ? other : String($0) }.joined() }
}
