/// A Lua script that Redis runs as one step, known by its hash. All of it is our own fixed text; what varies comes as arguments.
struct RedisScript: Sendable {
    let source: String
    let hash: String

    init(_ source: String) {
        self.source = source
        hash = SHA1.hexadecimal(source)
    }

    private static func verb(_ body: String) -> RedisScript { RedisScript(prelude + body) }

    /// Not a verb: whether scripts may see which life of the server this is.
    static let life = #"""
        local info = redis.pcall('INFO', 'server')
        return type(info) == 'string' and string.match(info, 'run_id:(%x+)')
        """#

    static let claim = verb(claimBody)
    static let skip = verb(skipBody)
    static let start = verb(startBody)
    static let renew = verb(renewBody)
    static let finish = verb(finishBody)
    static let sweep = verb(sweepBody)
    static let assert = verb(assertBody)
    static let remind = verb(remindBody)
    static let pause = verb(pauseBody)
    static let open = RedisScript(names + openBody)
    static let release = verb(releaseBody)
    static let history = RedisScript(names + historyBody)
    static let newest = RedisScript(names + newestBody)
    static let stretch = RedisScript(names + stretchBody)
    static let heads = RedisScript(names + headsBody)
    static let prune = RedisScript(names + rowsLua + dropOldOutput + pruneBody)
    static let forget = RedisScript(names + forgetBody)
    static let putJob = RedisScript(names + putJobBody)
    static let listJobs = RedisScript(names + listJobsBody)
    static let removeJob = RedisScript(names + removeJobBody)
    static let passOn = RedisScript(names + passOnBody)
    static let orders = RedisScript(names + ordersBody)
    static let abandon = RedisScript(names + rowsLua + abandonBody)
    static let keepOutput = RedisScript(names + keepOutputBody)
    static let request = RedisScript(names + rowsLua + requestBody)
    static let rewind = RedisScript(names + rewindBody)
    static let base = RedisScript(names + baseBody)
    static let load = RedisScript(names + loadBody)
    static let keepSeed = RedisScript(names + keepSeedBody)
    static let degraded = RedisScript(names + factsLua + degradedBody)
    static let forgetFacts = RedisScript(names + forgetFactsBody)
    static let attend = RedisScript(names + consumingLua + attendBody)
    static let advance = RedisScript(names + consumingLua + advanceBody)
    static let leave = RedisScript(names + leaveBody)
    static let append = RedisScript(names + factsLua + appendBody)
}
