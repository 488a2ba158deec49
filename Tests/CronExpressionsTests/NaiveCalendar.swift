// tidy: helper
/// A table of days, made by counting them up one by one from Thursday, 1970-01-01.
struct NaiveCalendar {
    struct Day {
        var year, month, day, weekday, length: Int
    }

    static let shared = NaiveCalendar(until: 2200)

    let days: [Day]

    init(until last: Int) {
        var days: [Day] = []
        var weekday = 4
        for year in 1970...last {
            for month in 1...12 {
                let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
                let length = [0, 31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month]
                for day in 1...length {
                    days.append(Day(year: year, month: month, day: day, weekday: weekday, length: length))
                    weekday = (weekday + 1) % 7
                }
            }
        }
        self.days = days
    }
}
