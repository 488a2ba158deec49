import CronExpressions
import Testing

@Suite("Meaning in words") struct MeaningTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var text: String, english: String, chinese: String
        var dialect = Dialect.vixie
        init(_ text: String, _ english: String, _ chinese: String, _ dialect: Dialect = .vixie) {
            (self.text, self.english, self.chinese, self.dialect) = (text, english, chinese, dialect)
        }
        var testDescription: String { text }
    }

    static let times: [Case] = [
        Case("* * * * *", "Every minute", "每分钟"),
        Case("*/5 * * * *", "Every 5 minutes", "每 5 分钟"),
        Case("*/30 * * * *", "Every 30 minutes", "每 30 分钟"),
        Case("0-59/15 * * * *", "Every 15 minutes", "每 15 分钟"),
        Case("0 * * * *", "Every hour, on the hour", "每小时整点"),
        Case("30 * * * *", "At minute 30 of every hour", "每小时第 30 分"),
        Case("0,30 * * * *", "At minutes 0 and 30 of every hour", "每小时第 0、30 分"),
        Case("5-59/15 * * * *", "Every 15 minutes from minute 5 to 50 of every hour", "每小时第 5 至 50 分每 15 分钟"),
        Case("30 2 * * *", "At 02:30 every day", "每天 02:30"),
        Case("0 */12 * * *", "At 00:00 and 12:00 every day", "每天 00:00 和 12:00"),
        Case("0 */2 * * *", "Every 2 hours from 00:00 to 22:00", "00:00 至 22:00 每 2 小时"),
        Case("15 */2 * * *", "Every 2 hours from 00:15 to 22:15", "00:15 至 22:15 每 2 小时"),
        Case("0 9-17 * * *", "Every hour from 09:00 to 17:00", "09:00 至 17:00 每小时"),
        Case("10-20 3 * * *", "Every minute from 03:10 to 03:20", "03:10 至 03:20 每分钟"),
        Case("* 22-23,0-2 * * *", "Every minute from 22:00 to 02:59", "22:00 至 02:59 每分钟"),
        Case("*/7 1,3,5,7 * * *", "Every 7 minutes in the hours 1, 3, 5 and 7", "1、3、5、7 点这几个小时内每 7 分钟"),
        Case("*/100 * * * *", "Every hour, on the hour", "每小时整点"),
        Case("*/10 * * * * *", "Every 10 seconds", "每 10 秒"),
        Case("5 * * * * *", "At second 5 of every minute", "每分钟第 5 秒"),
        Case("15 30 2 * * *", "At 02:30:15 every day", "每天 02:30:15"),
        Case("* 30 2 * * *", "Every second from 02:30:00 to 02:30:59", "02:30:00 至 02:30:59 每秒"),
        Case("0 30 2 * * *", "At 02:30 every day", "每天 02:30"),
    ]

    static let days: [Case] = [
        Case("0 9 * * 1-5", "At 09:00 from Monday to Friday", "周一至周五 09:00"),
        Case("*/15 9-17 * * MON-FRI", "Every 15 minutes from 09:00 to 17:59, Monday to Friday", "周一至周五 09:00 至 17:59 每 15 分钟"),
        Case("0 0 * * FRI-SUN", "At 00:00 from Friday to Sunday", "周五至周日 00:00"),
        Case("0 9 * * 1,3,5", "At 09:00 every Monday, Wednesday and Friday", "每周一、周三和周五 09:00"),
        Case("0 0 * * 1-7", "At 00:00 every day", "每天 00:00"),
        Case("0 0 * * 5#3", "At 00:00 on the third Friday of every month", "每月第三个周五 00:00"),
        Case("0 0 * * 5L", "At 00:00 on the last Friday of every month", "每月最后一个周五 00:00"),
        Case("0 0 1,15 * *", "At 00:00 on the 1st and the 15th of every month", "每月 1 日和 15 日 00:00"),
        Case("0 0 L * *", "At 00:00 on the last day of every month", "每月最后一天 00:00"),
        Case("0 0 LW * *", "At 00:00 on the last weekday (Monday to Friday) of every month", "每月最后一个工作日（周一至周五）00:00"),
        Case("0 0 15W * *", "At 00:00 on the weekday (Monday to Friday) nearest to the 15th of every month", "每月离 15 日最近的工作日（周一至周五）00:00"),
        Case("0 0 1 1 *", "At 00:00 on 1 January", "每年 1 月 1 日 00:00"),
        Case("0 0 * 6 *", "At 00:00 every day in June", "每年 6 月的每天 00:00"),
        Case("0 0 * */3 *", "At 00:00 every day in January, April, July and October", "每年 1 月、4 月、7 月和 10 月的每天 00:00"),
        Case("0 0 * 6-8 MON", "At 00:00 every Monday from June to August", "每年 6 月至 8 月的每周一 00:00"),
        Case("0 0 12 * * ? 2030", "At 12:00 every day, in 2030", "2030 年每天 12:00"),
        Case("0 0 12 * * ? 2030-2035", "At 12:00 every day, from 2030 to 2035", "2030 年至 2035 年每天 12:00"),
        Case("0 0 12 ? * 2-6", "At 12:00 from Monday to Friday", "周一至周五 12:00", .quartz),
        Case("0 0 0 L-3 * ?", "At 00:00 on the 3rd day before the last day of every month", "每月倒数第 4 天 00:00", .quartz),
    ]

    static let rules: [Case] = [
        Case("0 0 13 * 5", "At 00:00 on the 13th of every month and every Friday (either is enough)", "每月 13 日或每周五（满足其一即可）00:00"),
        Case("0 0 13 * +5", "At 00:00 on the 13th of the month, but only if it is a Friday", "每月 13 日且须为周五 00:00"),
        Case(
            "0 0 1-7 * */5", "At 00:00 from the 1st to the 7th of the month, but only if it is a Sunday or a Friday",
            "每月 1 日至 7 日且须为周日或周五 00:00"),
        Case("0 0 1-31 * 5", "At 00:00 every day", "每天 00:00"),
        Case("@daily", "At 00:00 every day", "每天 00:00"),
        Case("@hourly", "Every hour, on the hour", "每小时整点"),
        Case("@weekly", "At 00:00 every Sunday", "每周日 00:00"),
        Case("@monthly", "At 00:00 on the 1st of every month", "每月 1 日 00:00"),
        Case("@yearly", "At 00:00 on 1 January", "每年 1 月 1 日 00:00"),
        Case("@reboot", "Once at each start of the service", "服务每次启动时一次"),
        Case(
            "~ 2 * * *", "At one drawn minute from 02:00 to 02:59 every day (drawn at the start of the service; it stays the same)",
            "每天 02:00 至 02:59 之间抽定的一分钟（在服务启动时抽定，之后保持不变）"),
    ]

    @Test("In English", arguments: times + days + rules + table) func english(_ item: Case) throws {
        #expect(try CronExpression(item.text, dialect: item.dialect).meaning(in: .english) == item.english)
    }

    @Test("In Chinese", arguments: times + days + rules + table) func chinese(_ item: Case) throws {
        #expect(try CronExpression(item.text, dialect: item.dialect).meaning(in: .chinese) == item.chinese)
    }

    @Test("Every expression has a meaning without holes in both languages") func anything() throws {
        var generator = ExpressionGenerator(random: SeededGenerator(state: Support.seed &+ 21))
        for _ in 0..<2000 {
            let expression = try CronExpression(generator.expression())
            for language in ExplanationLanguage.allCases {
                let text = expression.meaning(in: language)
                let hasHole = text.isEmpty || text.contains("  ") || text.hasSuffix(" ") || text.contains(" ,") || text.contains("、、")
                #expect(!hasHole, "\(expression.text): “\(text)”, SEED=\(Support.seed)")
            }
        }
    }
}
