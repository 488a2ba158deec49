extension Crontab {
    /// Whether a file of this name in `/etc/cron.d` counts. Debian's rule: letters, digits, `_` and `-` only, so that `job.dpkg-old`, `job~` and
    /// `.placeholder` do not run.
    public static func isDropInName(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }
}
