// The verbs about who owns what.

extension RedisScript {
    // Shared by renew and assert: this node lives; who else does?
    private static let heard = #"""
        call('ZADD', NODES, ms, NODE)
        for _, old in ipairs(call('ZRANGEBYSCORE', NODES, '-inf', ms - 86400000)) do
          call('ZREM', NODES, old)
          call('HDEL', LINKS, old)
        end
        local living = call('ZRANGEBYSCORE', NODES, ms - 15000, '+inf')

        """#

    // Per attempt: key, fence. Answers ms, settling, quar, places (from 1) of what is not ours any more, living nodes, the last fence.
    static let renewBody =
        heard + #"""
            local lost = {}
            for i = 8, #ARGV, 2 do
              local t = row(ARGV[i])
              if t and t[F] == ARGV[i + 1] then call('ZADD', OPEN, ms + LEASE, ARGV[i]) else lost[#lost + 1] = (i - 8) / 2 + 1 end
            end
            return {int(ms), settling, int(quar), lost, living, int(lastFence)}
            """#

    // 8 how many. Attempts whose lease is over become ours, under a new fence:
    // key, old fence, new fence, started, boot, pid, ticks, trigger, first, count, ms since the lease ended.
    static let sweepBody = #"""
        local out = {}
        if ms < quar then return out end
        for _, key in ipairs(call('ZRANGEBYSCORE', OPEN, '-inf', '(' .. int(ms), 'LIMIT', 0, tonumber(ARGV[8]))) do
          local t = row(key)
          if not t then call('ZREM', OPEN, key)
          else
            local old, ended = t[F], tonumber(call('ZSCORE', OPEN, key))
            t[F], t[N] = fence(), NODE
            put(key, t)
            call('ZADD', OPEN, ms + LEASE, key)
            out[#out + 1] = {key, old, t[F], t[STARTED], t[BOOT], t[PID], t[TICKS], t[TRIGGER], t[FIRST], t[COUNT], int(ms - ended)}
          end
        end
        save()
        return out
        """#

    // 8 number of marks; per mark: job, mark; then per attempt that we hold: job, field, fence, state, started, boot, pid, ticks, first, count,
    // trigger, claimed, token. Our memory outlives the engine's: of two fences the higher is the newer. Answers as renew.
    static let assertBody =
        heard + #"""
            local i = 9
            for _ = 1, tonumber(ARGV[8]) do
              local h = call('HGET', MARK, ARGV[i])
              if not h or less(h, ARGV[i + 1]) then call('HSET', MARK, ARGV[i], ARGV[i + 1]) end
              i = i + 2
            end
            local lost, place = {}, 0
            while ARGV[i] do
              local job, field, f, state, started, boot, pid, ticks, first, count, trigger, claimed, token = unpack(ARGV, i, i + 12)
              local key = job .. '@' .. field
              local t = row(key)
              place = place + 1
              if t and t[F] == f then call('ZADD', OPEN, ms + LEASE, key)
              elseif t and less(f, t[F]) or call('HEXISTS', P..'rows:'..job, field) == 1 then lost[#lost + 1] = place
              else
                put(key, {f, state, NODE, boot, pid, ticks, started, first, count, trigger, claimed, token})
                call('ZADD', OPEN, ms + LEASE, key)
                if not t then call('HINCRBY', ACT, job, 1) end
                note(job, field, f)
                if tonumber(f) > lastFence then lastFence, fenced = tonumber(f), true end
              end
              i = i + 13
            end
            save()
            return {int(ms), settling, int(quar), lost, living, int(lastFence)}
            """#

    // Per outcome: job, field, fence, its row as far as the tail, the tail. This node had it confirmed; where the engine does not know it, it is
    // entered again, unless somebody has the attempt under a newer fence.
    static let remindBody = #"""
        for i = 8, #ARGV, 5 do
          local job, field, f, head, tail = unpack(ARGV, i, i + 4)
          local key = job .. '@' .. field
          local t = row(key)
          if call('HEXISTS', P..'rows:'..job, field) == 0 and not (t and less(f, t[F])) then
            if t then leave(job, key) end
            note(job, field, f)
            settle(job, field, head .. tail)
          end
        end
        return 1
        """#

    // 8 last seen. This node goes: what it holds may be swept at once.
    static let releaseBody = #"""
        local all = call('HGETALL', RUNS)
        for k = 1, #all, 2 do
          local t = words(all[k + 1])
          if t[N] == NODE then call('ZADD', OPEN, ms - 1, all[k]) end
        end
        call('ZREM', NODES, NODE)
        call('HDEL', LINKS, NODE)
        call('HSET', META, 'seen', ARGV[8])
        return 1
        """#

    // 1 now, 2 node. A life begins.
    static let openBody = #"""
        local seen = call('HGET', META, 'seen')
        call('HSET', META, 'seen', ARGV[1])
        return {call('HINCRBY', META, 'incarnation', 1), seen}
        """#
}
