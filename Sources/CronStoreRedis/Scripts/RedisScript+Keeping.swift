// History, what goes, and the table's past. None of these decides about a start, so none asks for the time.

extension RedisScript {
    // 1 job, 2 from, 3 to. Newest first: attempt, its row, open or not.
    static let historyBody = #"""
        local out = {}
        for _, field in ipairs(call('ZREVRANGE', P..'hist:'..ARGV[1], ARGV[2], ARGV[3])) do
          local v = call('HGET', P..'rows:'..ARGV[1], field)
          if v then out[#out + 1] = {field, v, 0}
          else out[#out + 1] = {field, call('HGET', RUNS, ARGV[1]..'@'..field) or '', 1} end
        end
        return out
        """#

    // 1 up or down, 2 a bound of the order, empty for none, then jobs. For each: the order of its first row on that side; nothing where it has none.
    static let newestBody = #"""
        local out = {}
        for i = 3, #ARGV do
          local hist, found = P..'hist:'..ARGV[i], nil
          if ARGV[1] == 'up' then found = call('ZRANGEBYSCORE', hist, ARGV[2] == '' and '-inf' or ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
          else found = call('ZREVRANGEBYSCORE', hist, ARGV[2] == '' and '+inf' or ARGV[2], '-inf', 'WITHSCORES', 'LIMIT', 0, 1) end
          out[#out + 1] = found[2] and int(tonumber(found[2])) or false
        end
        return out
        """#

    // 1 up or down, 2 a bound of the order, 3 how many, 4 job. Attempt, its order, its row without the output, open or not.
    static let stretchBody = #"""
        local hist, found, out = P..'hist:'..ARGV[4], nil, {}
        if ARGV[1] == 'up' then found = call('ZRANGEBYSCORE', hist, ARGV[2] == '' and '-inf' or ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3])
        else found = call('ZREVRANGEBYSCORE', hist, ARGV[2] == '' and '+inf' or ARGV[2], '-inf', 'WITHSCORES', 'LIMIT', 0, ARGV[3]) end
        for i = 1, #found, 2 do
          local field, order = found[i], int(tonumber(found[i + 1]))
          local v = call('HGET', P..'rows:'..ARGV[4], field)
          if v then out[#out + 1] = {field, order, string.match(v, '^%S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ ') or v, 0}
          else out[#out + 1] = {field, order, call('HGET', RUNS, ARGV[4]..'@'..field) or '', 1} end
        end
        return out
        """#

    // 1 how many of each, then jobs. For each: attempt, its row without the output, open or not; newest first.
    static let headsBody = #"""
        local out = {}
        for i = 2, #ARGV do
          local job, all = ARGV[i], {}
          local fields = call('ZREVRANGE', P..'hist:'..job, 0, tonumber(ARGV[1]) - 1)
          local rows = #fields > 0 and call('HMGET', P..'rows:'..job, unpack(fields)) or {}
          for k, field in ipairs(fields) do
            all[#all + 1] = field
            if rows[k] then
              all[#all + 1] = string.match(rows[k], '^%S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ %S+ ')
              all[#all + 1] = 0
            else
              all[#all + 1] = call('HGET', RUNS, job..'@'..field) or ''
              all[#all + 1] = 1
            end
          end
          out[#out + 1] = all
        end
        return out
        """#

    // 1 runs kept, 2 oldest end in ns (empty: any), 3 cursor, 4 how many, 5 now. Answers the next cursor.
    static let pruneBody = #"""
        call('HSET', META, 'seen', ARGV[5])
        local page = call('SSCAN', JOBS, ARGV[3], 'COUNT', ARGV[4])
        for _, job in ipairs(page[2]) do trim(job, tonumber(ARGV[1]), ARGV[2]) end
        return page[1]
        """#

    // 1 forget what left before, 2 now, then per job: left | back | look, job.
    static let forgetBody = #"""
        for i = 3, #ARGV, 2 do
          local what, job = ARGV[i], ARGV[i + 1]
          if what == 'left' then call('HSETNX', GONE, job, ARGV[2])
          elseif what == 'back' then call('HDEL', GONE, job)
          else
            local at = call('HGET', GONE, job)
            if at and not less(ARGV[1], at) and call('HEXISTS', ACT, job) == 0 then
              call('HDEL', MARK, job)
              call('HDEL', GONE, job)
            end
          end
        end
        return 1
        """#

    // 1 limit, 2 mark, 3 tolerated earliness as for claims (empty: any). Answers the jobs touched.
    static let rewindBody = #"""
        local all, out, limit, mark = call('HGETALL', MARK), {}, ARGV[1], ARGV[2]
        if ARGV[3] ~= '' then
          -- A node whose clock is behind takes nothing back that has come by the server's.
          local now = call('TIME')[1]
          if less(limit, now) then limit = now end
          if less(mark, now) then mark = now end
        end
        for k = 1, #all, 2 do
          if less(limit, all[k + 1]) and less(mark, all[k + 1]) then
            call('HSET', MARK, all[k], mark)
            out[#out + 1] = all[k]
          end
        end
        return out
        """#

    // 1 number, 2 most bytes, 3 most files. Answers row, signature, details, then per file path and content (nothing where it is gone); row,
    // signature, details and one word more where it is more than that; nothing where there is none.
    static let loadBody = #"""
        local row, LIST, BLOB = call('HGET', P..'rev', ARGV[1]), P..'rev:'..ARGV[1], P..'blob'
        if not row or #row > 4096 then return {} end
        local out, bytes = {row, call('HGET', P..'sig', ARGV[1]), call('HGET', P..'more', ARGV[1])}, 0
        if out[2] and #out[2] > 4096 then out[2] = '-' end
        if out[3] and #out[3] > tonumber(ARGV[2]) then out[3] = '' end
        if call('LLEN', LIST) > 2 * tonumber(ARGV[3]) then out[4] = 'more'; return out end
        local list = call('LRANGE', LIST, 0, -1)
        for i = 1, #list, 2 do bytes = bytes + #list[i] + call('HSTRLEN', BLOB, list[i + 1] or '') end
        if bytes > tonumber(ARGV[2]) then out[4] = 'more'; return out end
        for i = 1, #list, 2 do
          out[#out + 1] = list[i]
          out[#out + 1] = call('HGET', BLOB, list[i + 1] or '')
        end
        return out
        """#

    // 1 host, 2 seconds, 3 text, 4 the second before which hosts are forgotten, 5 how many are kept.
    static let baseBody = #"""
        local BASE, AT = P..'base', P..'base:at'
        call('HSET', BASE, ARGV[1], ARGV[3])
        call('ZADD', AT, ARGV[2], ARGV[1])
        local function forget(hosts)
          for _, host in ipairs(hosts) do
            call('HDEL', BASE, host)
            call('ZREM', AT, host)
          end
        end
        forget(call('ZRANGEBYSCORE', AT, '-inf', '(' .. ARGV[4]))
        local over = call('ZCARD', AT) - tonumber(ARGV[5])
        if over > 0 then forget(call('ZRANGE', AT, 0, over - 1)) end
        return 1
        """#

    // 1 weight, 2 text, 3 offer where any that is there stays, else the heavier of two does. Answers it.
    static let keepSeedBody = #"""
        local at = call('GET', P..'seed')
        local weight = at and string.match(at, '^(%-?%d+) %S+$')
        if weight and (ARGV[3] == 'offer' or not less(weight, ARGV[1])) then return at end
        call('SET', P..'seed', ARGV[1] .. ' ' .. ARGV[2])
        return ARGV[1] .. ' ' .. ARGV[2]
        """#

    // 1 newest number as it was read, 2 new number, 3 signature or nothing, 4 created, 5 origin, 6 checksum, 7 hash, 8 the newest
    // deployment's base or nothing, 9 details, then per file: path, content. Answers 1 if it was appended, 0 if there is another newest revision
    // by now, -1 if the number is taken. A row: created, origin, checksum, hash.
    static let appendBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local REV, SIG, BLOB, LIST = P..'rev', P..'sig', P..'blob', P..'rev:'..ARGV[2]
        if (call('HGET', META, 'revision') or '0') ~= ARGV[1] then return 0 end
        if call('HEXISTS', REV, ARGV[2]) == 1 then return -1 end
        call('DEL', LIST)
        for i = 10, #ARGV, 2 do
          local name = redis.sha1hex(ARGV[i + 1])
          -- Set anew: what was there may have been damaged.
          call('HSET', BLOB, name, ARGV[i + 1])
          call('RPUSH', LIST, ARGV[i], name)
        end
        if ARGV[3] == '' then call('HDEL', SIG, ARGV[2]) else call('HSET', SIG, ARGV[2], ARGV[3]) end
        call('HSET', REV, ARGV[2], ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6] .. ' ' .. ARGV[7])
        call('HSET', META, 'revision', ARGV[2])
        call('HSET', P..'more', ARGV[2], ARGV[9])
        if ARGV[8] ~= '' then call('HSET', META, 'deployment', ARGV[8]) end
        if call('HEXISTS', META, 'facts') == 1 then
          local now = call('TIME')
          tell('T ' .. ARGV[2], tonumber(now[1]) * 1000000 + tonumber(now[2]))
        end
        return 1
        """#
}
