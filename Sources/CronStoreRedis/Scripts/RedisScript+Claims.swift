// The verbs that decide.

extension RedisScript {
    // 8 token, 9 tolerated earliness in ms (empty: any), 10 what the caller takes the clock for, in us (empty: it may be wrong), 11 the state in which they are entered; then per claim: job, occasion, attempt, fire time (empty: none), since, first, count,
    // trigger and who asked (`manual=uid…`), start deadline in ms (empty: none), limit of open runs (empty: none).
    //
    // Answers per claim: its fence, for one that is won; else TAKEN mark known | MINE mark fence token | LATER ms [end of quarantine] | LATE |
    // OVERLAP | PAUSED. MINE: this node has it claimed. Or, for the whole batch, CLOCK us: the caller's clock is a second off or more, so nothing
    // was decided.
    //
    // Calls are what costs. Marks and counts of the whole batch are read by one call each, kept up to date in tables, and what was won is
    // written by one call for each key at the end. The place in the history is taken at once, and tells whether the attempt is new.
    static let claimBody = #"""
        local TOKEN_NOW, EARLY, clock = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
        if clock and math.abs(us - clock) >= 1000000 then return {'CLOCK', int(us)} end
        local there = call('EXISTS', PAUSED, GONE)
        local anyPaused = there == 2 or there == 1 and call('EXISTS', PAUSED) == 1
        local anyGone = there == 2 or there == 1 and not anyPaused
        local lease, HIST = int(ms + LEASE), P..'hist:'
        local owner, entered = ' ' .. ARGV[11] .. ' ' .. NODE .. ' - - - - ', ' ' .. NOW .. ' ' .. TOKEN_NOW
        local jobs, marks, open = {}, {}, {}
        for i = 12, #ARGV, 10 do jobs[#jobs + 1] = ARGV[i] end
        if #jobs > 0 then
          local m, a = call('HMGET', MARK, unpack(jobs)), call('HMGET', ACT, unpack(jobs))
          for k, job in ipairs(jobs) do marks[job], open[job] = m[k], tonumber(a[k]) or 0 end
        end
        local raised, counted, rows, leases, listed, refused = {}, {}, {}, {}
        local function flush()
          local m, back, a = {}, {}, {}
          for job, to in pairs(raised) do
            m[#m + 1], m[#m + 2] = job, to
            back[#back + 1] = job
          end
          for job in pairs(counted) do
            a[#a + 1], a[#a + 2] = job, open[job]
          end
          if #m > 0 then call('HSET', MARK, unpack(m)) end
          if #m > 0 and anyGone then call('HDEL', GONE, unpack(back)) end
          if #a > 0 then
            call('HSET', RUNS, unpack(rows))
            call('ZADD', OPEN, unpack(leases))
            call('HSET', ACT, unpack(a))
          end
          save()
        end
        local function stops(job)
          if call('SISMEMBER', PAUSED, job) == 0 then return false end
          local till = tonumber(call('HGET', UNTIL, job))
          return not till or ms < till
        end
        local function paused(job, trigger)
          if not anyPaused or string.sub(trigger, 1, 6) == 'manual' then return false end
          return stops(job) or stops(string.match(job, '^[^@]*'))
        end
        local function isWithdrawn(job, T)
          local stored = call('HGET', P..'stored', job)
          local time = stored and string.match(stored, '^%d+ %d+ %S+ %S+ (%d+) ')
          return not stored or time and time ~= T
        end
        local function isUnwanted(job, occasion, attempt)
          local field = occasion .. '#' .. int(tonumber(attempt) - 1)
          local trigger = string.match(call('HGET', P..'rows:'..job, field) or '', '^%S+ %S+ (%S+)')
          if not trigger then
            local t = row(job .. '@' .. field)
            trigger = t and t[TRIGGER]
          end
          return trigger and string.find(trigger, '+cancel', 1, true)
        end
        local function taken(key, at, known)
          local t = row(key)
          if t and t[N] == NODE and t[S] ~= 'running' then return {'MINE', at, t[F], t[TOKEN]} end
          return {'TAKEN', at, known and 1 or 0}
        end
        local function decide(job, occasion, attempt, T, since, first, count, trigger, deadline, limit)
          local field, plain = occasion .. '#' .. attempt, 'scheduled' .. (string.match(trigger, '=.*') or '')
          local known = marks[job]
          local at = known or since
          local moves = T ~= '' and attempt == '1'
          if T ~= '' and ms < quar then return {'LATER', quarantine, int(quar)} end
          if moves then
            if not less(at, T) then return taken(job .. '@' .. field, at, known) end
            if EARLY and tonumber(T) * 1000 > ms + EARLY then return {'LATER', int(tonumber(T) * 1000 - ms)} end
            -- Others decided a part of it while this node could not ask: it is to ask for the rest.
            if known and not less(at, first) then return {'TAKEN', at, 1} end
            -- What runs once and was cancelled, or is for another time now, is not claimed by who has not heard of it yet.
            if string.sub(job, 1, 3) == 'at:' and isWithdrawn(job, T) then return {'TAKEN', at, known and 1 or 0} end
          -- Somebody asked that it ends while the attempt before was open: there is no other.
          elseif attempt ~= '1' and isUnwanted(job, occasion, attempt) then return taken(job .. '@' .. occasion .. '#' .. attempt, at, known)
          end
          -- Whatever this user may not do is refused here, before anything is written about the claim.
          if not listed then call('SADD', JOBS, unpack(jobs)) end
          listed = true
          local f = math.max(lastFence + 1, us)
          local order = int(f)
          local new = redis.pcall('ZADD', HIST..job, 'NX', order, field)
          if type(new) ~= 'number' then
            refused = {HIST..job, 'NX', order, field}
            return {}
          end
          if moves then at, marks[job], raised[job] = T, T, T end
          if new == 0 then return taken(job .. '@' .. field, at, known or moves) end
          lastFence, fenced = f, true
          if paused(job, trigger) then
            ended(job, field, first, count, 'skipped(paused)', trigger)
            return {'PAUSED'}
          end
          if moves and deadline ~= '' and ms > tonumber(deadline) then
            ended(job, field, first, count, 'missed(' .. count .. ')', plain)
            return {'LATE'}
          end
          if limit ~= '' and open[job] >= tonumber(limit) then
            ended(job, field, first, count, 'skipped(overlap)', T == '' and trigger or plain)
            return {'OVERLAP'}
          end
          local key, k = job .. '@' .. field, #rows
          open[job], counted[job] = open[job] + 1, true
          rows[k + 1], rows[k + 2] = key, order .. owner .. first .. ' ' .. count .. ' ' .. trigger .. entered
          leases[k + 1], leases[k + 2] = lease, key
          return f
        end
        local out = {}
        for i = 12, #ARGV, 10 do
          out[#out + 1] = decide(unpack(ARGV, i, i + 9))
        end
        flush()
        -- What else was decided is kept; asked again, it fails with its place in the script.
        if refused then call('ZADD', unpack(refused)) end
        return out
        """#

    // Per range: job, first, last, count, outcome, since, trigger and who asked. Answers how long the server settles (0: done), until when, and the places (from 1) of
    // what was decided by it.
    static let skipBody = #"""
        if ms < quar then return {quarantine, int(quar), {}} end
        local done = {}
        for i = 8, #ARGV, 7 do
          local job, first, last, count, outcome, since, trigger = unpack(ARGV, i, i + 6)
          if less(call('HGET', MARK, job) or since, last) then
            local field = last .. '#1'
            if not exists(job, field, job .. '@' .. field) then
              decided(job, field, first, count, outcome, trigger)
              done[#done + 1] = (i - 8) / 7 + 1
            end
            -- Last: where this user may not do what comes before, it is asked again, and then decided whole.
            raise(job, last)
          end
        end
        save()
        return {'0', '0', done}
        """#

    // 8 gate | note, 9 the state that the gate lets pass; then per attempt: key, fence, started, boot, pid, ticks. `gate` lets each pass once, and
    // its caller owns it from then on; `note` writes down what runs. Answers GO or DUP, node, first, count,
    // trigger, claimed | STALE | GONE | ELSEWHERE state for each. A server that settles lets nothing pass (SETTLES): what it lost may be told yet.
    static let startBody = #"""
        local out = {}
        for i = 10, #ARGV, 6 do
          local key, f, started, boot, pid, ticks = unpack(ARGV, i, i + 5)
          local t = row(key)
          if ARGV[8] == 'gate' and ms < quar then out[#out + 1] = {'SETTLES'}
          elseif not t then out[#out + 1] = {'GONE'}
          elseif t[F] ~= f then out[#out + 1] = {'STALE'}
          elseif ARGV[8] == 'gate' and t[S] == 'running' then out[#out + 1] = {'DUP', t[N], t[FIRST], t[COUNT], t[TRIGGER], t[CLAIMED]}
          elseif ARGV[8] == 'gate' and t[S] ~= ARGV[9] then out[#out + 1] = {'ELSEWHERE', t[S]}
          else
            t[S], t[N] = 'running', NODE
            if ARGV[8] == 'gate' then t[RAN] = nil end
            if ARGV[8] == 'note' then begun(string.match(key, '^(.*)@'), string.match(key, '@([^@]*)$'), t, started) end
            if ARGV[8] == 'note' then t[STARTED], t[BOOT], t[PID], t[TICKS] = started, boot, pid, ticks end
            put(key, t)
            call('ZADD', OPEN, ms + LEASE, key)
            out[#out + 1] = {'GO', t[N], t[FIRST], t[COUNT], t[TRIGGER], t[CLAIMED]}
          end
        end
        return out
        """#

    // Per attempt: job, field, fence, started, finished, user, sys, outcome, tail. Answers 1 where recorded: only its own node decides about an attempt.
    static let finishBody = #"""
        local out = {}
        for i = 8, #ARGV, 9 do
          local job, field, f, started, finished, user, sys, outcome, tail = unpack(ARGV, i, i + 8)
          local key = job .. '@' .. field
          local t = row(key)
          if t and t[F] == f and t[N] == NODE then
            leave(job, key)
            begun(job, field, t, started)
            if started == '-' then started = t[STARTED] end
            local head = table.concat({t[FIRST], t[COUNT], t[TRIGGER] .. '~' .. t[F] .. ',' .. (t[RAN] or t[N]) .. ',' .. t[PID], t[CLAIMED], started, finished, user, sys, outcome, ''}, ' ')
            settle(job, field, head .. tail)
            fact('E ' .. field .. ' ' .. t[FIRST] .. ' ' .. t[COUNT] .. ' ' .. outcome .. ' ' .. job)
            out[#out + 1] = 1
          else out[#out + 1] = 0 end
        end
        return out
        """#
}
