public import CronExpressions

extension CrontabFormat {
    /// What the entries of a text look like: all of them name a user behind the fields, or none does. Nil where that leaves doubt, and where there is no
    /// entry: a format is better known than guessed, and `/etc/crontab` and `/etc/cron.d` are always of the system's.
    ///
    /// - Parameter isUser: whether a word is a user, and more likely that than a program (`mail`, `sync` and `man` are both on many machines).
    public static func likely(
        of bytes: [UInt8], dialect: Dialect = .vixie,
        isUser: (String) -> Bool = { ["root", "www-data", "nobody", "daemon"].contains($0) }
    ) -> CrontabFormat? {
        let options = CrontabOptions(format: .user, dialect: dialect, zone: .utc, zones: .system, path: "")
        guard let table = try? EditableCrontab(bytes, options: options) else { return nil }
        guard table.dialect.hasUserColumn else { return .user }
        var users = 0, others = 0
        for entry in table.entries {
            // What a system table has as the user is the first word of the command to a user's.
            let words = entry.command.split(maxSplits: 1) { $0 == " " || $0 == "\t" }
            if words.count == 2, isUser(String(words[0])) { users += 1 } else { others += 1 }
        }
        return users > 0 && others == 0 ? .system : users == 0 && others > 0 ? .user : nil
    }
}
