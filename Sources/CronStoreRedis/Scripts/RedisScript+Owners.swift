// The verbs about who owns what.

extension RedisScript {
    // Shared by pause and assert: the later word about a job's pause counts, whoever says it first. Each change of them has a mark of its own. A word:
    // count (with a minus: it goes on), the end that it names in ms, who said it; of version 1 the count alone.
    private static let pausing = #"""
        local paused = false
        local function size(word) return string.match(word, '^%-?(%d+)') or '0' end
        local function pause(job, word)
          local at = call('HGET', PAUSES, job)
          if at and not less(size(at), size(word)) then return end
          call('HSET', PAUSES, job, word)
          call('LPUSH', P..'pausing:'..job, word)
          call('LTRIM', P..'pausing:'..job, 0, 63)
          local till = string.match(word, '^%d+ (%d+)')
          if till then call('HSET', UNTIL, job, till) else call('HDEL', UNTIL, job) end
          if string.byte(word) ~= 45 then call('SADD', PAUSED, job) else call('SREM', PAUSED, job) end
          paused = true
        end
        local function markPauses() if paused then call('HSET', META, 'pauses', fence()) end end
        local function pauses()
          local all = call('HGETALL', PAUSES)
          table.insert(all, 1, call('HGET', META, 'pauses') or '')
          return all
        end

        """#

    // 8 the greatest count that this node knows of, 9 pause | resume, 10 the rest of the word, then the jobs. What was let go on, or came to its end,
    // 30 days ago is forgotten. Answers until when the server settles, and the pauses.
    static let pauseBody =
        pausing + #"""
            lastFence = math.max(lastFence, tonumber(ARGV[8]) or 0)
            local sign = ARGV[9] == 'pause' and '' or '-'
            for i = 11, #ARGV do pause(ARGV[i], sign .. fence() .. ' ' .. ARGV[10]) end
            local all, old = call('HGETALL', PAUSES), us - 2592000000000
            for k = 1, #all, 2 do
              local job, word = all[k], all[k + 1]
              local till = tonumber(string.match(word, '^%d+ (%d+)'))
              if string.byte(word) == 45 and tonumber(size(word)) < old or till and till * 1000 < old and tonumber(size(word)) < old then
                call('HDEL', PAUSES, job)
                call('HDEL', UNTIL, job)
                call('SREM', PAUSED, job)
                call('DEL', P..'pausing:'..job)
              end
            end
            markPauses()
            save()
            return {int(quar), pauses()}
            """#

    // Shared by renew and assert: this node lives; who else does? Workers are told apart: they claim nothing, so they have no place in the order of those that do.
    private static let heard = #"""
        local OWN = worker == 'w' and P..'workers' or NODES
        call('ZADD', OWN, ms, NODE)
        for _, old in ipairs(call('ZRANGEBYSCORE', OWN, '-inf', ms - 86400000)) do
          call('ZREM', OWN, old)
          call('HDEL', LINKS, old)
          call('HDEL', ZONES, old)
        end
        local living = call('ZRANGEBYSCORE', NODES, ms - 15000, '+inf')
        local function view(lost, handed, asked, pauses, zones)
          local known = call('HMGET', META, 'jobs', 'older', 'orders')
          return {int(us), quarantine, int(quar), lost, living, int(lastFence), pauses, zones, known[1] or 0, known[2] or '', handed, asked, known[3] or 0}
        end

        """#

    // 8 the mark of the pauses that this node knows, 9 its zone; then per attempt: key, fence. Answers the clock in us, quarantine, quar, places (from 1) of what is not
    // ours any more, living nodes, the last fence, and where their mark is another the pauses: it, and job, word …, the zones of the living nodes, the
    // mark of the stored jobs, when and of whom the store was taken over, if of version 1, what others have started: place, node …, and what is asked
    // of ours: place, request …, the mark of the orders.
    static let renewBody =
        pausing + heard + #"""
            local lost, handed, asked = {}, {}, {}
            for i = 10, #ARGV, 2 do
              local t, place = row(ARGV[i]), (i - 10) / 2 + 1
              if not t or t[F] ~= ARGV[i + 1] then lost[#lost + 1] = place
              elseif t[N] ~= NODE then
                handed[#handed + 1] = place
                handed[#handed + 1] = t[N]
              else
                call('ZADD', OPEN, ms + LEASE, ARGV[i])
                local request = string.match(t[TRIGGER], '%+(.+)')
                if request then
                  asked[#asked + 1] = place
                  asked[#asked + 1] = request
                end
              end
            end
            if ARGV[9] ~= '' then call('HSET', ZONES, NODE, ARGV[9]) end
            local same = (call('HGET', META, 'pauses') or '') == ARGV[8]
            return view(lost, handed, asked, same and {} or pauses(), #living > 0 and call('HMGET', ZONES, unpack(living)) or {})
            """#

    // 1 job, 2 occasion, 3 the request. Written to the trigger of the attempt's row, behind a `+`, unless there is one; the last attempt that is open
    // counts. Answers 1 if there was one.
    static let requestBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local found
        for _, field in ipairs(call('ZREVRANGE', P..'hist:'..ARGV[1], 0, 999)) do
          if not found and string.match(field, '^(.*)#%d+$') == ARGV[2] then
            local key = ARGV[1] .. '@' .. field
            local t = row(key)
            if t then
              found = true
              if not string.find(t[TRIGGER], '+', 1, true) then
                t[TRIGGER] = t[TRIGGER] .. '+' .. ARGV[3]
                put(key, t)
              end
            end
          end
        end
        return found and 1 or 0
        """#

    // 8 how many. Attempts whose lease is over become ours, under a new fence:
    // key, old fence, new fence, started, boot, pid, ticks, trigger, first, count, ms since the lease ended, state.
    static let sweepBody = #"""
        local out = {}
        if ms < quar then return out end
        for _, key in ipairs(call('ZRANGEBYSCORE', OPEN, '-inf', '(' .. int(ms), 'LIMIT', 0, tonumber(ARGV[8]))) do
          local t = row(key)
          if not t then call('ZREM', OPEN, key)
          else
            local old, ended = t[F], tonumber(call('ZSCORE', OPEN, key))
            if t[N] ~= NODE then t[RAN] = t[RAN] or t[N] end
            t[F], t[N] = fence(), NODE
            put(key, t)
            fact('S ' .. string.match(key, '@([^@]*)$') .. ' ' .. string.match(key, '^(.*)@'))
            call('ZADD', OPEN, ms + LEASE, key)
            out[#out + 1] = {key, old, t[F], t[STARTED], t[BOOT], t[PID], t[TICKS], t[TRIGGER], t[FIRST], t[COUNT], int(ms - ended), t[S]}
          end
        end
        save()
        return out
        """#

    // 8 number of marks, 9 of pauses; per mark: job, mark; per pause: job, count; then per attempt that we hold: job, field, fence, state,
    // started, boot, pid, ticks, first, count, trigger, claimed, token. Our memory outlives the engine's: of two fences the higher is the newer.
    // Answers as renew.
    static let assertBody =
        pausing + heard + #"""
            local i = 10
            for _ = 1, tonumber(ARGV[8]) do
              local h = call('HGET', MARK, ARGV[i])
              if not h or less(h, ARGV[i + 1]) then call('HSET', MARK, ARGV[i], ARGV[i + 1]) end
              i = i + 2
            end
            for _ = 1, tonumber(ARGV[9]) do
              pause(ARGV[i], ARGV[i + 1])
              i = i + 2
            end
            local lost, place = {}, 0
            while ARGV[i] do
              local job, field, f, state, started, boot, pid, ticks, first, count, trigger, claimed, token = unpack(ARGV, i, i + 12)
              local key = job .. '@' .. field
              local t = row(key)
              place = place + 1
              if t and t[F] == f then
                if t[N] == NODE then call('ZADD', OPEN, ms + LEASE, key) end
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
            markPauses()
            save()
            return view(lost, {}, {}, {}, {})
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
            local first, count, outcome = string.match(head, '^(%S+) (%S+) %S+ %S+ %S+ %S+ %S+ %S+ (%S+)')
            if first then fact('E ' .. field .. ' ' .. first .. ' ' .. count .. ' ' .. outcome .. ' ' .. job) end
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
        call('ZREM', P..'workers', NODE)
        call('HDEL', LINKS, NODE)
        call('HDEL', ZONES, NODE)
        call('HSET', META, 'seen', ARGV[8])
        return 1
        """#

    // 1 now, 2 a secret for a store that has none. A life begins.
    static let openBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local seen = call('HGET', META, 'seen')
        call('HSET', META, 'seen', ARGV[1])
        local life = math.max((tonumber(call('HGET', META, 'incarnation')) or 0) + 1, tonumber(call('TIME')[1]))
        call('HSET', META, 'incarnation', string.format('%d', life))
        call('HSETNX', META, 'secret', ARGV[2])
        return {life, seen, call('HGET', META, 'secret')}
        """#
}
