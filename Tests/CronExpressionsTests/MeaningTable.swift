import CronExpressions

// tidy: helper

extension MeaningTests {
    /// Expressions of every dialect, three lines each: the expression (and its dialect), English, Chinese.
    static let table: [Case] = {
        let lines = text.split(separator: "\n").map(String.init)
        return stride(from: 0, to: lines.count - 2, by: 3).map { line in
            let parts = lines[line].split(separator: "[").map(String.init)
            let dialect = parts.count > 1 ? Dialect(named: String(parts[1].dropLast())) : .vixie
            return Case(trimmed(parts[0]), lines[line + 1], lines[line + 2], dialect ?? .vixie)
        }
    }()

    private static func trimmed(_ text: String) -> String { text.last == " " ? trimmed(String(text.dropLast())) : text }

    private static let text = """
        5,35 * * * *
        At minutes 5 and 35 of every hour
        每小时第 5、35 分
        0,15,30,45 * * * *
        At minutes 0, 15, 30 and 45 of every hour
        每小时第 0、15、30、45 分
        1-59/2 * * * *
        Every 2 minutes from minute 1 to 59 of every hour
        每小时第 1 至 59 分每 2 分钟
        10-20 * * * *
        Every minute from minute 10 to 20 of every hour
        每小时第 10 至 20 分每分钟
        10-20/5 * * * *
        Every 5 minutes from minute 10 to 20 of every hour
        每小时第 10 至 20 分每 5 分钟
        */7 * * * *
        Every 7 minutes
        每 7 分钟
        */40 * * * *
        At minutes 0 and 40 of every hour
        每小时第 0、40 分
        0 0 * * *
        At 00:00 every day
        每天 00:00
        0 9,12,15,18 * * *
        At 09:00, 12:00, 15:00 and 18:00 every day
        每天 09:00、12:00、15:00 和 18:00
        15,45 9,18 * * *
        At 09:15, 09:45, 18:15 and 18:45 every day
        每天 09:15、09:45、18:15 和 18:45
        0 */3 * * *
        Every 3 hours from 00:00 to 21:00
        00:00 至 21:00 每 3 小时
        0 1-23/2 * * *
        Every 2 hours from 01:00 to 23:00
        01:00 至 23:00 每 2 小时
        0 9-17/2 * * *
        Every 2 hours from 09:00 to 17:00
        09:00 至 17:00 每 2 小时
        0 9-17 * * 1-5
        Every hour from 09:00 to 17:00, Monday to Friday
        周一至周五 09:00 至 17:00 每小时
        */10 9-17 * * 1-5
        Every 10 minutes from 09:00 to 17:59, Monday to Friday
        周一至周五 09:00 至 17:59 每 10 分钟
        */10 8-11,13-17 * * 1-5
        Every 10 minutes from 08:00 to 11:59 and from 13:00 to 17:59, Monday to Friday
        周一至周五 08:00 至 11:59 和 13:00 至 17:59 每 10 分钟
        * 9 * * *
        Every minute from 09:00 to 09:59
        09:00 至 09:59 每分钟
        * 9-10 * * *
        Every minute from 09:00 to 10:59
        09:00 至 10:59 每分钟
        */5 */3 * * *
        Every 5 minutes in every 3rd hour from 00:00 to 21:59
        0、3、6、9、12、15、18、21 点这几个小时内每 5 分钟
        * */3 * * *
        Every minute in every 3rd hour from 00:00 to 21:59
        0、3、6、9、12、15、18、21 点这几个小时内每分钟
        7 1-23/3 * * *
        Every 3 hours from 01:07 to 22:07
        01:07 至 22:07 每 3 小时
        */5 22-23,0-5 * * *
        Every 5 minutes from 22:00 to 05:59
        22:00 至 05:59 每 5 分钟
        */5 1,5,9,13 * * *
        Every 5 minutes in the hours 1, 5, 9 and 13
        1、5、9、13 点这几个小时内每 5 分钟
        3,18,33,48 */4 * * *
        At minutes 3, 18, 33 and 48 of every 4th hour from 00:00 to 20:59
        0、4、8、12、16、20 点的第 3、18、33、48 分
        0 0 1 * *
        At 00:00 on the 1st of every month
        每月 1 日 00:00
        0 0 1-7 * *
        At 00:00 from the 1st to the 7th of every month
        每月 1 日至 7 日 00:00
        0 0 */2 * *
        At 00:00 on every 2nd day from the 1st to the 31st of every month
        每月 1 日至 31 日每 2 天 00:00
        0 0 1,L * *
        At 00:00 on the 1st and the last day of every month
        每月 1 日和最后一天 00:00
        0 0 1W * *
        At 00:00 on the weekday (Monday to Friday) nearest to the 1st of every month
        每月离 1 日最近的工作日（周一至周五）00:00
        0 0 * * 0
        At 00:00 every Sunday
        每周日 00:00
        0 0 * * 6,0
        At 00:00 every Saturday and Sunday
        每周六和周日 00:00
        0 0 * * SAT-SUN
        At 00:00 every Saturday and Sunday
        每周六和周日 00:00
        0 0 * * 1,3-5
        At 00:00 every Monday, Wednesday, Thursday and Friday
        每周一和周三至周五 00:00
        0 0 * * */2
        At 00:00 every Sunday, Tuesday, Thursday and Saturday
        每周日、周二、周四和周六 00:00
        0 0 * * 1,5L
        At 00:00 every Monday and on the last Friday of every month
        每周一和每月最后一个周五 00:00
        0 0 * * 1#1
        At 00:00 on the first Monday of every month
        每月第一个周一 00:00
        0 0 * * 1#1,1#3
        At 00:00 on the first and third Monday of every month
        每月第一个周一和第三个周一 00:00
        0 0 * * 2#2
        At 00:00 on the second Tuesday of every month
        每月第二个周二 00:00
        0 0 31 * *
        At 00:00 on the 31st of every month
        每月 31 日 00:00
        0 0 30 2 *
        At 00:00 on 30 February
        每年 2 月 30 日 00:00
        0 0 29 2 *
        At 00:00 on 29 February
        每年 2 月 29 日 00:00
        0 0 1 1,7 *
        At 00:00 on the 1st of January and July
        每年 1 月和 7 月 1 日 00:00
        0 0 1 */3 *
        At 00:00 on the 1st of January, April, July and October
        每年 1 月、4 月、7 月和 10 月 1 日 00:00
        0 0 1 4-6 *
        At 00:00 on the 1st of every month from April to June
        每年 4 月至 6 月 1 日 00:00
        0 0 * 6-8 *
        At 00:00 every day from June to August
        每年 6 月至 8 月的每天 00:00
        0 0 * 1-2 *
        At 00:00 every day in January and February
        每年 1 月至 2 月的每天 00:00
        */5 * 1 * *
        Every 5 minutes, on the 1st of every month
        每月 1 日每 5 分钟
        */5 * * 3 1
        Every 5 minutes, every Monday in March
        每年 3 月的每周一每 5 分钟
        0 8 1 * 1
        At 08:00 on the 1st of every month and every Monday (either is enough)
        每月 1 日或每周一（满足其一即可）08:00
        0 8 1-7 * +1
        At 08:00 from the 1st to the 7th of the month, but only if it is a Monday
        每月 1 日至 7 日且须为周一 08:00
        0 8 1,15 6 1
        At 08:00 on the 1st and the 15th of June and every Monday in June (either is enough)
        每年 6 月的 1 日、15 日或每周一（满足其一即可）08:00
        0 8 * 6 1#1
        At 08:00 on the first Monday of June
        每年 6 月的第一个周一 08:00
        0 8 */2 * 1-5
        At 08:00 on every 2nd day from the 1st to the 31st of the month, but only from Monday to Friday
        每月 1 日至 31 日每 2 天且须为周一至周五 08:00
        0 8 L * 5L
        At 08:00 on the last day of every month and on the last Friday of the month (either is enough)
        每月最后一天或每月最后一个周五（满足其一即可）08:00
        ~ * * * *
        At one drawn minute of every hour (drawn at the start of the service; it stays the same)
        每小时抽定的一分钟（在服务启动时抽定，之后保持不变）
        ~ 3 * * *
        At one drawn minute from 03:00 to 03:59 every day (drawn at the start of the service; it stays the same)
        每天 03:00 至 03:59 之间抽定的一分钟（在服务启动时抽定，之后保持不变）
        0~30 3 * * *
        At one drawn minute from 03:00 to 03:30 every day (drawn at the start of the service; it stays the same)
        每天 03:00 至 03:30 之间抽定的一分钟（在服务启动时抽定，之后保持不变）
        ~ ~ * * *
        At one drawn minute from 00:00 to 23:59 every day (drawn at the start of the service; it stays the same)
        每天抽定的一分钟（在服务启动时抽定，之后保持不变）
        0 0~6 * * *
        At minute 0 of one drawn hour from 00:00 to 06:59 every day (drawn at the start of the service; it stays the same)
        每天 0 点至 6 点之间抽定的一小时的第 0 分（在服务启动时抽定，之后保持不变）
        0 0 ~ * *
        At 00:00 on one drawn day of every month (drawn at the start of the service; it stays the same)
        每月抽定的一天 00:00（在服务启动时抽定，之后保持不变）
        0 0 * ~ *
        At 00:00 every day in one drawn month (drawn at the start of the service; it stays the same)
        每年抽定的一个月的每天 00:00（在服务启动时抽定，之后保持不变）
        0 0 * * 1~5
        At 00:00 on one drawn day from Monday to Friday (drawn at the start of the service; it stays the same)
        每周在周一至周五之间抽定的一天 00:00（在服务启动时抽定，之后保持不变）
        ~ 0-6 * * 1-5
        At one drawn minute of every hour from 00:00 to 06:59, Monday to Friday (drawn at the start of the service; it stays the same)
        周一至周五 00:00 至 06:59 每小时抽定的一分钟（在服务启动时抽定，之后保持不变）
        */15 * * * * *
        Every 15 seconds
        每 15 秒
        0 */5 * * * *
        Every 5 minutes
        每 5 分钟
        30 * * * * *
        At second 30 of every minute
        每分钟第 30 秒
        0 0 9 * * 1-5
        At 09:00 from Monday to Friday
        周一至周五 09:00
        10 0 9 * * *
        At 09:00:10 every day
        每天 09:00:10
        10,40 0 9 * * *
        At 09:00:10 and 09:00:40 every day
        每天 09:00:10 和 09:00:40
        */10 0 9 * * *
        Every 10 seconds from 09:00:00 to 09:00:59
        09:00:00 至 09:00:59 每 10 秒
        */10 */5 9 * * *
        Every 10 seconds of these minutes: every 5 minutes from 09:00 to 09:59
        09:00 至 09:59 每 5 分钟，在这些分钟内每 10 秒
        5-10 * * * * *
        Every second from second 5 to 10 of every minute
        每分钟第 5 至 10 秒每秒
        5 */10 * * * *
        Every 10 minutes, at second 5
        每 10 分钟的第 5 秒
        5 0 * * * *
        At minute 0, second 5 of every hour
        每小时整点的第 5 秒
        0 0 0 1 1 ? 2030
        At 00:00 on 1 January 2030
        2030 年 1 月 1 日 00:00
        0 0 0 1 1 ? 2030,2032
        At 00:00 on 1 January, in 2030 and 2032
        2030 年和 2032 年 1 月 1 日 00:00
        0 0 0 1 1 ? 2030-2035
        At 00:00 on 1 January, from 2030 to 2035
        2030 年至 2035 年 1 月 1 日 00:00
        0 0 0 1 1 ? 2030-2040/2
        At 00:00 on 1 January, every 2nd year from 2030 to 2040
        2030 年至 2040 年每 2 年的 1 月 1 日 00:00
        0 0 0 ? * MON 2030-2032
        At 00:00 every Monday, from 2030 to 2032
        2030 年至 2032 年每周一 00:00
        0 0 0 1 1 ? 2030-2032,2040
        At 00:00 on 1 January, in 2030 to 2032 and 2040
        2030 年至 2032 年和 2040 年 1 月 1 日 00:00
        0 0 12 1/5 * ? [quartz]
        At 12:00 on every 5th day from the 1st to the 31st of every month
        每月 1 日至 31 日每 5 天 12:00
        0 0/15 8-18 ? * MON-FRI [quartz]
        Every 15 minutes from 08:00 to 18:59, Monday to Friday
        周一至周五 08:00 至 18:59 每 15 分钟
        0 0 12 ? * 6#3 [quartz]
        At 12:00 on the third Friday of every month
        每月第三个周五 12:00
        0 0 12 ? * 6L [quartz]
        At 12:00 on the last Friday of every month
        每月最后一个周五 12:00
        0 0 12 ? * L [quartz]
        At 12:00 every Saturday
        每周六 12:00
        0 0 12 LW * ? [quartz]
        At 12:00 on the last weekday (Monday to Friday) of every month
        每月最后一个工作日（周一至周五）12:00
        0 0 12 L-3W * ? [quartz]
        At 12:00 on the weekday (Monday to Friday) nearest to the 3rd day before the last day of every month
        每月离倒数第 4 天最近的工作日（周一至周五）12:00
        0 0 12 15W * ? [quartz]
        At 12:00 on the weekday (Monday to Friday) nearest to the 15th of every month
        每月离 15 日最近的工作日（周一至周五）12:00
        0 0 12 ? JAN,MAR MON [quartz]
        At 12:00 every Monday in January and March
        每年 1 月和 3 月的每周一 12:00
        0 0 22-2 * * ? [quartz]
        Every hour from 22:00 to 02:00
        22:00 至 02:00 每小时
        0 0 12 ? NOV-FEB SUN [quartz]
        At 12:00 every Sunday from November to February
        每年 11 月至次年 2 月的每周日 12:00
        */5 * * * * * [supercronic]
        Every 5 minutes
        每 5 分钟
        0 0 1 * 1 [busybox]
        At 00:00 on the 1st of every month and every Monday (either is enough)
        每月 1 日或每周一（满足其一即可）00:00
        0 0 */40 * * [busybox]
        At 00:00 on day 0, which no month has
        每月 0 日（没有哪个月有这一天）00:00
        0 0 1 * 1 [ocps]
        At 00:00 on the 1st of every month and every Monday (either is enough)
        每月 1 日或每周一（满足其一即可）00:00
        0 30 9 * * 1-5 [ocps]
        At 09:30 from Monday to Friday
        周一至周五 09:30
        0 9 * * 1-5 [cronie]
        At 09:00 from Monday to Friday
        周一至周五 09:00
        0 0 * 6-8 1,5L
        At 00:00 every Monday and on the last Friday of every month from June to August
        每年 6 月至 8 月的每周一和最后一个周五 00:00
        0 0 1 6-8 5L
        At 00:00 on the 1st of every month from June to August and on the last Friday from June to August (either is enough)
        每年 6 月至 8 月的 1 日或最后一个周五（满足其一即可）00:00
        0 0 1 * 1-5
        At 00:00 on the 1st of every month and every day from Monday to Friday (either is enough)
        每月 1 日或每周一至周五（满足其一即可）00:00
        0 0 1 6 1-5
        At 00:00 on the 1st of June and every day from Monday to Friday in June (either is enough)
        每年 6 月的 1 日或每周一至周五（满足其一即可）00:00
        0-30/10 9-17 * * *
        Every 10 minutes from minute 0 to 30 of every hour from 09:00 to 17:59
        09:00 至 17:59 每小时第 0 至 30 分每 10 分钟
        0,10-20 * * * *
        At minutes 0 and 10 to 20 of every hour
        每小时第 0、10 至 20 分
        0,10-30/5 * * * *
        At minutes 0 and every 5th from 10 to 30 of every hour
        每小时第 0、10、15、20、25、30 分
        0 0 1 ? 11-2 2#1 [quartz]
        At 01:00 on the first Monday of every month from November to February
        每年 11 月至次年 2 月的第一个周一 01:00
        5-40/7 0 9 * * *
        Every 7 seconds from second 5 to 40 of 09:00 every day
        每天 09:00 的第 5 至 40 秒每 7 秒
        0 0~6 1 * *
        At minute 0 of one drawn hour from 00:00 to 06:59 on the 1st of every month (drawn at the start of the service; it stays the same)
        每月 1 日 0 点至 6 点之间抽定的一小时的第 0 分（在服务启动时抽定，之后保持不变）
        0~30 0~6 * * *
        At one drawn minute from 0 to 30 of one drawn hour from 00:00 to 06:59 every day (drawn at the start of the service; it stays the same)
        每天 0 点至 6 点之间抽定的一小时的第 0 至 30 分之间抽定的一分钟（在服务启动时抽定，之后保持不变）
        */7 * * * * *
        Every 7 seconds
        每 7 秒
        */45 * * * * *
        At seconds 0 and 45 of every minute
        每分钟第 0、45 秒
        0 0 1-3,15 * *
        At 00:00 on the 1st to the 3rd and the 15th of every month
        每月 1 日至 3 日和 15 日 00:00
        0 0 * 1,6-8 *
        At 00:00 every day in January and June to August
        每年 1 月和 6 月至 8 月的每天 00:00
        0 0 0 ? * 2,3-6 * [quartz]
        At 00:00 every Monday, Tuesday, Wednesday, Thursday and Friday
        每周一和周二至周五 00:00
        * * * * 1#5
        Every minute, on the fifth Monday of every month
        每月第五个周一每分钟
        * * * * 0-3/3
        Every minute, every Sunday and Wednesday
        每周日和周三每分钟
        0,20-30/5,59 * * * *
        At minutes 0, every 5th from 20 to 30 and 59 of every hour
        每小时第 0、20、25、30、59 分
        """
}
