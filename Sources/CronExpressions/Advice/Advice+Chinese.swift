extension Advice {
    var chinese: Words {
        switch subject {
        case .neverFires: ("任何一年都没有符合的日期，因此永远不会执行", nil, nil)
        case .drawnMayNeverFire: ("抽定的值可能是不存在的日期，那样就永远不会执行", nil, nil)
        case .allPast: ("所有执行时间都已过去，不会再执行", nil, nil)
        case .stepBeyond(let kind, let text, let first):
            ("\(Self.label(kind)) \(text) 的步长跳过了除 \(first) 以外的所有值", "范围之内的步长", Self.value(first, kind))
        case .unevenStep(let kind, let text, let step, let last, let first, let gap, let better):
            (
                "\(Self.label(kind)) \(text) 的间隔不均匀：\(last) 之后隔 \(gap) \(Self.unit(kind))就是 \(first)，而不是 \(step)",
                better.isEmpty ? nil : "能整除 \(kind.size) 的步长",
                better.isEmpty ? nil : better.map { "*/\($0)" }.joined(separator: " 或 ")
            )
        case .unevenDays(let text, let step):
            ("日期 \(text) 的间隔不均匀：每月 1 日重新开始，距上一次不足 \(step) 天", nil, nil)
        case .eitherDay(let date, let weekday):
            ("日期 \(date) 与星期 \(weekday) 满足其一即执行", nil, "若须同时满足，星期写作 +\(weekday)")
        case .bothDays(let date, let weekday):
            ("日期 \(date) 与星期 \(weekday) 须同时满足，因为其中之一以 * 开头", nil, "星期写作 +\(weekday)，在各种方言中含义一致")
        case .quartzDays(let text):
            ("星期 \(text) 在这里以 0 为周日，而它看来是 Quartz 的写法，Quartz 以 1 为周日", "英文缩写，或方言 quartz", nil)
        case .skipped(let moment, let start):
            (
                "\(Self.times(moment))在 \(moment.zone) 的 \(moment.date) 不存在（时钟从 \(moment.from) 拨到 \(moment.to)）："
                    + (start.map { "改在 \($0) 执行一次" } ?? "这些时间不执行"), nil, nil
            )
        case .repeated(let moment, let startsTwice):
            (
                "\(Self.times(moment))在 \(moment.zone) 的 \(moment.date) 出现两次（时钟从 \(moment.from) 拨回 \(moment.to)）："
                    + (startsTwice ? "两次都执行" : "只在第一次执行"), nil, nil
            )
        case .crowdedMinute(let instead): ("大多数系统的大多数任务都在这一小时的第 0 分启动", "若不必精确到分，选一个自己的分钟", instead)
        case .crowdedInstant(let count, let time): ("本表有 \(count) 个条目同在 \(time) 启动", "若不必精确到分，各选自己的分钟", "用 ~ 代替分钟 0")
        case .notForCrontabs(let count, let five): ("这里有 \(count) 个字段；crontab 的一行只有五个", nil, five)
        }
    }

    private static func times(_ moment: ClockMoment) -> String { moment.more ? "\(moment.time) 等时间" : "\(moment.time) " }

    private static func label(_ kind: FieldKind) -> String {
        switch kind {
        case .second: "秒"
        case .minute: "分钟"
        case .hour: "小时"
        case .dayOfMonth: "日期"
        case .month: "月份"
        case .dayOfWeek: "星期"
        case .year: "年份"
        }
    }

    private static func unit(_ kind: FieldKind) -> String {
        switch kind {
        case .second: "秒"
        case .minute: "分钟"
        case .hour: "小时"
        case .dayOfMonth, .dayOfWeek: "天"
        case .month: "个月"
        case .year: "年"
        }
    }
}
