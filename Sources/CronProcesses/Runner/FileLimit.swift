internal import CLinux

/// How many files this process may have open.
public enum FileLimit {
    /// The soft limit that the process began with. Whoever asks first raises it to the hard one.
    public static let original: UInt64 = {
        var limit = value
        let original = UInt64(limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return original
    }()

    public static var current: Int { Int(clamping: value.rlim_cur) }

    private static var value: rlimit {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        return limit
    }
}
