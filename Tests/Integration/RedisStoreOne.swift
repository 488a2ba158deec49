// tidy: helper

/// The store's first version, as far as tests need it: the script that claims, as it was released.
enum RedisStoreOne {
    static let claim = #"""
        -- swift-crond store 1
        local META = KEYS[1]
        local P = string.sub(META, 1, -5)
        local MARK, OPEN, RUNS, ACT, GONE = P..'mark', P..'open', P..'runs', P..'act', P..'gone'
        local NODES, LINKS, JOBS, PAUSED, PAUSES, ZONES = P..'nodes', P..'links', P..'jobs', P..'paused', P..'pauses', P..'zones'
        local call = redis.call
        local function int(x) return string.format('%.0f', x) end
        local function less(a, b)
          local na, nb = string.byte(a) == 45, string.byte(b) == 45
          if na ~= nb then return na end
          if na then a, b = string.sub(b, 2), string.sub(a, 2) end
          if #a ~= #b then return #a < #b end
          return a < b
        end
        local function words(text)
          local t = {}
          for w in string.gmatch(text, '%S+') do t[#t + 1] = w end
          return t
        end

        local F, S, N, BOOT, PID, TICKS, STARTED, FIRST, COUNT, TRIGGER, CLAIMED, TOKEN = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
        local function row(key)
          local v = call('HGET', RUNS, key)
          if v then return words(v) end
        end
        local function put(key, t) call('HSET', RUNS, key, table.concat(t, ' ')) end
        local function trim(job, keep, oldest)
          local hist, rows, from = P..'hist:'..job, P..'rows:'..job, 0
          local excess = call('HLEN', rows) - keep
          while true do
            local page = call('ZRANGE', hist, from, from + 99)
            if #page == 0 then break end
            local gone = {}
            for _, field in ipairs(page) do
              local v = call('HGET', rows, field)
              if v then
                local finished = string.match(v, '^%S+ %S+ %S+ %S+ %S+ (%S+)')
                local old = oldest ~= '' and less(finished, oldest)
                if excess <= 0 and not old then
                  if #gone > 0 then call('HDEL', rows, unpack(gone)); call('ZREM', hist, unpack(gone)) end
                  if call('ZCARD', hist) == 0 then call('SREM', JOBS, job) end
                  return
                end
                gone[#gone + 1] = field
                excess = excess - 1
              else from = from + 1 end
            end
            if #gone > 0 then call('HDEL', rows, unpack(gone)); call('ZREM', hist, unpack(gone)) end
          end
          if call('ZCARD', hist) == 0 then call('SREM', JOBS, job) end
        end

        local QUAR, JUMP, LEASE, NODE = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
        local KEEP, NOW = tonumber(ARGV[6]), ARGV[7]
        local tv = call('TIME')
        local us = tonumber(tv[1]) * 1000000 + tonumber(tv[2])
        local ms = math.floor(us / 1000)
        local m = call('HMGET', META, 'rid', 'quar', 'last', 'fence', 'hard', 'short')
        local last, quar, lastFence, hard = tonumber(m[3]) or 0, tonumber(m[2]) or 0, tonumber(m[4]) or 0, tonumber(m[5]) or 0
        local info = redis.pcall('INFO', 'server')
        local rid = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
        local link, known = string.match(ARGV[5], '^(%d+):(%d+)$')
        known = tonumber(known) or 0
        local alone = true
        for _, other in ipairs(call('ZRANGEBYSCORE', NODES, int(last - 15000), '+inf')) do
          if other ~= NODE then alone = false end
        end
        if last - ms > 10000 then
          -- Who lives is heard of again at once; who was heard of in what is the future now may be dead.
          call('ZREMRANGEBYSCORE', NODES, '(' .. int(ms), '+inf')
          -- A quarantine keeps what was left of it.
          quar, hard = ms + math.max(0, quar - last), ms + math.max(0, hard - last)
          call('HSET', META, 'quar', int(quar), 'hard', int(hard))
          for _, r in ipairs(call('ZRANGEBYSCORE', OPEN, ms + LEASE, '+inf')) do call('ZADD', OPEN, ms + LEASE, r) end
        elseif ms < last then ms = last end
        if not m[1] or rid and m[1] ~= rid or math.abs(ms - last) > JUMP and not alone or known > lastFence and (ms >= quar or m[6]) then
          local wait = QUAR
          if m[6] then call('HDEL', META, 'short') end
          -- A new service on an empty server to which nobody else is connected: most likely the first ever. Who knows better ends that.
          if not m[1] and known == 0 then
            local clients = redis.pcall('INFO', 'clients')
            if type(clients) == 'string' and string.match(clients, 'connected_clients:1%D') then
              wait = math.min(QUAR, 3000)
              call('HSET', META, 'short', '1')
            end
          end
          quar, hard = ms + wait, ms + wait
          call('HSET', META, 'rid', rid or m[1] or '-', 'quar', int(quar), 'hard', int(hard))
        end
        lastFence = math.max(lastFence, known)
        call('HSET', META, 'last', int(ms), 'fence', int(lastFence))
        if not rid then
          local seen, till = string.match(call('HGET', LINKS, NODE) or '', '^(%d+) (%d+)$')
          if seen ~= link then
            quar = math.max(quar, ms + QUAR)
            call('HSET', LINKS, NODE, (link or '0') .. ' ' .. int(quar))
            call('HSET', META, 'quar', int(quar))
          elseif math.max(hard, tonumber(till)) < quar then
            quar = math.max(hard, tonumber(till))
            call('HSET', META, 'quar', int(quar))
          end
        end
        local settling = int(math.max(0, quar - ms))
        local fenced = false
        local function fence()
          lastFence = math.max(lastFence + 1, us)
          fenced = true
          return int(lastFence)
        end
        local function save() if fenced then call('HSET', META, 'fence', int(lastFence)) end end
        local function note(job, field, order)
          call('ZADD', P..'hist:'..job, order, field)
          call('SADD', JOBS, job)
        end
        local function exists(job, field, key)
          return call('HEXISTS', RUNS, key) == 1 or call('HEXISTS', P..'rows:'..job, field) == 1
        end
        local function raise(job, to)
          call('HSET', MARK, job, to)
          call('HDEL', GONE, job)
        end
        local function settle(job, field, text)
          call('HSET', P..'rows:'..job, field, text)
          if call('HLEN', P..'rows:'..job) > KEEP + KEEP / 8 then trim(job, KEEP, '') end
        end
        local function ended(job, field, first, count, outcome, trigger)
          settle(job, field, table.concat({first, count, trigger or 'scheduled', NOW, '-', NOW, '-', '-', outcome, ''}, ' '))
        end
        local function decided(job, field, first, count, outcome)
          note(job, field, fence())
          ended(job, field, first, count, outcome)
        end
        local function leave(job, key)
          call('HDEL', RUNS, key)
          call('ZREM', OPEN, key)
          if call('HINCRBY', ACT, job, -1) <= 0 then call('HDEL', ACT, job) end
        end

        local TOKEN_NOW, EARLY, clock = ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
        if clock and math.abs(us - clock) >= 1000000 then return {'CLOCK', int(us)} end
        local anyPaused, anyGone = call('EXISTS', PAUSED) == 1, call('EXISTS', GONE) == 1
        local lease, HIST = int(ms + LEASE), P..'hist:'
        local owner, entered = ' claimed ' .. NODE .. ' - - - - ', ' ' .. NOW .. ' ' .. TOKEN_NOW
        local jobs, marks, open = {}, {}, {}
        for i = 11, #ARGV, 10 do jobs[#jobs + 1] = ARGV[i] end
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
          local known = marks[job]
          local at = known or since
          local moves = T ~= '' and attempt == '1'
          if T ~= '' and ms < quar then return {'LATER', settling, int(quar)} end
          if moves then
            if not less(at, T) then return taken(job .. '@' .. field, at, known) end
            if EARLY and tonumber(T) * 1000 > ms + EARLY then return {'LATER', int(tonumber(T) * 1000 - ms)} end
            -- Others decided a part of it while this node could not ask: it is to ask for the rest.
            if known and not less(at, first) then return {'TAKEN', at, 1} end
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
            ended(job, field, first, count, 'missed(' .. count .. ')')
            return {'LATE'}
          end
          if T ~= '' and limit ~= '' and open[job] >= tonumber(limit) then
            ended(job, field, first, count, 'skipped(overlap)')
            return {'OVERLAP'}
          end
          local key, k = job .. '@' .. field, #rows
          open[job], counted[job] = open[job] + 1, true
          rows[k + 1], rows[k + 2] = key, order .. owner .. first .. ' ' .. count .. ' ' .. trigger .. entered
          leases[k + 1], leases[k + 2] = lease, key
          return f
        end
        local out = {}
        for i = 11, #ARGV, 10 do
          out[#out + 1] = decide(unpack(ARGV, i, i + 9))
        end
        flush()
        -- What else was decided is kept; asked again, it fails with its place in the script.
        if refused then call('ZADD', unpack(refused)) end
        return out
        """#
}
