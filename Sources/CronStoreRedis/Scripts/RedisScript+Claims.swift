// The verbs that decide.

extension RedisScript {
    // 8 token, 9 tolerated earliness in ms (empty: any); then per claim: job, occasion, attempt, fire time (empty: none), since, first, count,
    // trigger, start deadline in ms (empty: none), limit of open runs (empty: none).
    //
    // Answers per claim: WON fence | TAKEN mark known | MINE mark fence token | LATER ms [end of settling] | LATE | OVERLAP | PAUSED. MINE: this node has it claimed.
    static let claimBody = #"""
        local TOKEN_NOW, EARLY = ARGV[8], tonumber(ARGV[9])
        local anyPaused = call('EXISTS', PAUSED) == 1
        local function paused(job, trigger)
          if not anyPaused or trigger == 'manual' then return false end
          return call('SISMEMBER', PAUSED, job) == 1 or call('SISMEMBER', PAUSED, string.match(job, '^[^@]*')) == 1
        end
        local function taken(key, at, known)
          local t = row(key)
          if t and t[N] == NODE and t[S] == 'claimed' then return {'MINE', at, t[F], t[TOKEN]} end
          return {'TAKEN', at, known and 1 or 0}
        end
        local function decide(job, occasion, attempt, T, since, first, count, trigger, deadline, limit)
          local field = occasion .. '#' .. attempt
          local key = job .. '@' .. field
          local known = call('HGET', MARK, job)
          local at = known or since
          local moves = T ~= '' and attempt == '1'
          if T ~= '' and ms < quar then return {'LATER', settling, int(quar)} end
          if moves then
            if not less(at, T) then return taken(key, at, known) end
            if EARLY and tonumber(T) * 1000 > ms + EARLY then return {'LATER', int(tonumber(T) * 1000 - ms)} end
            -- Others decided a part of it while this node could not ask: it is to ask for the rest.
            if known and not less(at, first) then return {'TAKEN', at, 1} end
            raise(job, T)
            at = T
          end
          if exists(job, field, key) then return taken(key, at, known or moves) end
          if paused(job, trigger) then
            decided(job, field, first, count, 'skipped(paused)', trigger)
            return {'PAUSED'}
          end
          if moves and deadline ~= '' and ms > tonumber(deadline) then
            decided(job, field, first, count, 'missed(' .. count .. ')')
            return {'LATE'}
          end
          if T ~= '' and limit ~= '' and (tonumber(call('HGET', ACT, job)) or 0) >= tonumber(limit) then
            decided(job, field, first, count, 'skipped(overlap)')
            return {'OVERLAP'}
          end
          local f = fence()
          put(key, {f, 'claimed', NODE, '-', '-', '-', '-', first, count, trigger, NOW, TOKEN_NOW})
          call('ZADD', OPEN, ms + LEASE, key)
          call('HINCRBY', ACT, job, 1)
          note(job, field, f)
          return {'WON', f}
        end
        local out = {}
        for i = 10, #ARGV, 10 do out[#out + 1] = decide(unpack(ARGV, i, i + 9)) end
        save()
        return out
        """#

    // Per range: job, first, last, count, outcome, since. Answers how long the server settles (0: done) and until when.
    static let skipBody = #"""
        if ms < quar then return {settling, int(quar)} end
        for i = 8, #ARGV, 6 do
          local job, first, last, count, outcome, since = unpack(ARGV, i, i + 5)
          if less(call('HGET', MARK, job) or since, last) then
            raise(job, last)
            local field = last .. '#1'
            if not exists(job, field, job .. '@' .. field) then decided(job, field, first, count, outcome) end
          end
        end
        save()
        return {'0', '0'}
        """#

    // 8 gate | note; then per attempt: key, fence, started, boot, pid, ticks. `gate` lets pass what is claimed, once; `note` writes down what
    // runs. Answers GO | DUP node | STALE | GONE for each.
    static let startBody = #"""
        local out = {}
        for i = 9, #ARGV, 6 do
          local key, f, started, boot, pid, ticks = unpack(ARGV, i, i + 5)
          local t = row(key)
          if not t then out[#out + 1] = {'GONE'}
          elseif t[F] ~= f then out[#out + 1] = {'STALE'}
          elseif ARGV[8] == 'gate' and t[S] ~= 'claimed' then out[#out + 1] = {'DUP', t[N]}
          else
            t[S], t[N] = 'running', NODE
            if ARGV[8] == 'note' then t[STARTED], t[BOOT], t[PID], t[TICKS] = started, boot, pid, ticks end
            put(key, t)
            call('ZADD', OPEN, ms + LEASE, key)
            out[#out + 1] = {'GO'}
          end
        end
        return out
        """#

    // Per attempt: job, field, fence, started, finished, user, sys, outcome, tail. Answers 1 where recorded.
    static let finishBody = #"""
        local out = {}
        for i = 8, #ARGV, 9 do
          local job, field, f, started, finished, user, sys, outcome, tail = unpack(ARGV, i, i + 8)
          local key = job .. '@' .. field
          local t = row(key)
          if t and t[F] == f then
            leave(job, key)
            if started == '-' then started = t[STARTED] end
            local head = table.concat({t[FIRST], t[COUNT], t[TRIGGER], t[CLAIMED], started, finished, user, sys, outcome, ''}, ' ')
            settle(job, field, head .. tail)
            out[#out + 1] = 1
          else out[#out + 1] = 0 end
        end
        return out
        """#
}
