// Jobs that no table has. A row: revision, when in ns, origin, author, schedule, bytes of the action, a space, the action and the policies.

extension RedisScript {
    // Revisions grow like the fences, also over what the server lost; so does the mark by which the nodes see that something changed.
    private static let changing = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local STORED, IDS = P..'stored', P..'ids'
        local function revision(job) return string.match(call('HGET', STORED, job) or '', '^(%d+) ') end
        local function change()
          local now = call('TIME')
          local n = math.max((tonumber(call('HGET', META, 'jobs')) or 0) + 1, tonumber(now[1]) * 1000000 + tonumber(now[2]))
          call('HSET', META, 'jobs', int(n))
          return int(n)
        end

        """#

    // 1 job, 2 the revision that it replaces (`-`: none), 3 its row behind the revision. Answers 1 and the new revision, or 0 and the row that is there.
    static let putJobBody =
        changing + #"""
            if (revision(ARGV[1]) or '-') ~= ARGV[2] then return {0, call('HGET', STORED, ARGV[1])} end
            local n = change()
            call('HSET', STORED, ARGV[1], n .. ' ' .. ARGV[3])
            call('ZADD', IDS, 0, ARGV[1])
            call('HDEL', GONE, ARGV[1])
            return {1, n}
            """#

    // 1 the job before the first (empty: none), 2 how many. Answers job, row …
    static let listJobsBody = #"""
        local ids, out = call('ZRANGEBYLEX', P..'ids', '(' .. ARGV[1], '+', 'LIMIT', 0, tonumber(ARGV[2])), {}
        local rows = #ids > 0 and call('HMGET', P..'stored', unpack(ids)) or {}
        for k, id in ipairs(ids) do
          out[#out + 1] = id
          out[#out + 1] = rows[k] or ''
        end
        return out
        """#

    // 1 job, 2 its revision (`-`: any). Answers 1 if it was there.
    static let removeJobBody =
        changing + #"""
            local at = revision(ARGV[1])
            if not at or ARGV[2] ~= '-' and ARGV[2] ~= at then return 0 end
            change()
            call('HDEL', STORED, ARGV[1])
            call('ZREM', IDS, ARGV[1])
            return 1
            """#
}
