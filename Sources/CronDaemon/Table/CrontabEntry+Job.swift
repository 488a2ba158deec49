internal import CronExpressions
internal import CronJobs
internal import Crontabs

extension CrontabEntry {
    /// The job that this entry becomes.
    func job(id: JobID, setting: CommandSetting) -> Job {
        let timing: Job.Timing
        switch self.timing {
        case .cron(let schedule): timing = .cron(schedule)
        case .startup: timing = .startup
        case .other(let schedule): timing = .other(schedule)
        }
        let text = LegacySuffix.stripped(command)
        let settings = hasDirectives ? JobSettings(.init(directives)) : .standard
        return Job(id: id, timing: timing, command: Command(text: text, setting: setting), settings: settings)
    }
}

extension JobSettings.Values {
    fileprivate init(_ directives: Directives) {
        self.init()
        switch directives.overlap {
        case .allow: overlap = .allow
        case .skip: overlap = .skip
        case nil: break
        }
        if let limit = directives.maxRunning { maxRunning = limit }
        switch directives.grace {
        case .limited(let duration): grace = duration
        case .unlimited: grace = .none
        case nil: break
        }
        switch directives.catchUp {
        case .some(.none): catchUp = .none
        case .last: catchUp = .last
        case .all(let limit): catchUp = .all(limit: limit)
        case nil: break
        }
        if let limit = directives.jitter { jitter = Jitter(limit: limit.components.seconds) }
        if let attempts = directives.attempts { retry.attempts = attempts }
        switch directives.backoff {
        case .fixed(let delay): retry.backoff = .fixed(delay)
        case .exponential(let first, let cap): retry.backoff = .exponential(first: first, cap: cap)
        case nil: break
        }
        switch directives.host {
        case .any: host = .any
        case .all: host = .all
        case .named(let name): host = .named(name)
        case nil: break
        }
        if let policy = directives.storeDown, let known = StoreDownPolicy(rawValue: policy.rawValue) { storeDown = known }
        switch directives.log {
        case .lines: log = .lines
        case .raw: log = .raw
        case .json: log = .json
        case .some(.none): log = .none
        case nil: break
        }
        directory = directives.cwd
        umask = directives.umask
    }
}
