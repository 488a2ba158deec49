extension Crontab {
    /// Whether a file of this name in `/etc/cron.d` counts. Debian's rule: letters, digits, `_` and `-` only, so that `job.dpkg-old`, `job~` and
    /// `.placeholder` do not run.
    public static func isDropInName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    /// The names that are passed over though somebody may expect them to run: `backup.cron`, but neither `.placeholder` nor what a package
    /// manager left.
    public static func passedOver(_ names: [String]) -> [String] {
        names.filter { name in
            !name.isEmpty && !isDropInName(name) && !name.hasPrefix(".")
                && !name.split(separator: ".").dropFirst().contains { end in ["dpkg-", "ucf-", "rpm"].contains { end.hasPrefix($0) } }
        }
    }
}
