// The keys, all of one hash tag, so that a cluster keeps them together. Only the first is passed; the others are named after it.
//
//      {cron:NAME}:meta    hash    store (version of all this), rid (run id of the server last seen), quar (decide nothing before), hard (the
//                                  part of it that no old connection shortens), clock (time of the last call), fence, incarnation, …
//                  mark    hash    job ─▶ watermark: the safety state
//                  open    zset    open attempt ─▶ end of its lease
//                  runs    hash    open attempt ─▶ its row, see below
//                  act     hash    job ─▶ number of its open attempts
//                  gone    hash    job ─▶ when it left the table
//                  nodes   zset    node ─▶ when it was heard of
//                  links   hash    node ─▶ its connection, and the end of the quarantine it came in; only where the server hides its run id
//                  zones   hash    node ─▶ the zone that it goes by, see `SharedLedger.announce`
//                  jobs    set     jobs with history
//                  paused  set     paused jobs
//                  pauses  hash    job ─▶ the last word about its pause, see `pausing`
//                  until   hash    paused job ─▶ when that ends by itself
//                  pausing:JOB list the words about its pause, newest first
//                  stored  hash    job that no table has ─▶ its row, see `RedisLedger+Jobs`
//                  ids     zset    those jobs, in the order of their bytes
//                  orders  hash    run that another host is to start ─▶ till when, which host, who asks, see `RedisScript+Orders`
//                  output  hash    attempt with an outcome ─▶ what it wrote
//                  output:at zset  that attempt ─▶ when that came
//                  facts   zset    what was decided, by its number
//                  consumer:NAME hash where a consumer of them stands, see `RedisScript+Consumers`; beside it :notes, what it remembers
//                  hist:JOB zset   attempt ─▶ order of its decision
//                  rows:JOB hash   attempt ─▶ its row, once it has an outcome
//
// Fire times and nanoseconds are compared as decimal texts, because Lua's numbers hold 53 bits. Engine times are milliseconds.
//
// Versions. Every script looks at `store`, and a newer one is refused by name. What version 1 left is brought up to date by the first script of a
// newer node that comes. Version 1 looks at nothing, but each of its verbs reads `last` before it writes: what stands there is no number, so that
// each fails (see docs/decisions/0038). The marks stay where they were, so that nothing is started twice whoever comes first to an emptied server.

extension RedisScript {
    static let names = #"""
        -- swift-crond store 2
        local META = KEYS[1]
        local P = string.sub(META, 1, -5)
        local MARK, OPEN, RUNS, ACT, GONE = P..'mark', P..'open', P..'runs', P..'act', P..'gone'
        local NODES, LINKS, JOBS, PAUSED, PAUSES, ZONES = P..'nodes', P..'links', P..'jobs', P..'paused', P..'pauses', P..'zones'
        local UNTIL = P..'until'
        local call = redis.call
        local function int(x) return string.format('%.0f', x) end
        local function less(a, b)
          local na, nb = string.byte(a) == 45, string.byte(b) == 45
          if na ~= nb then return na end
          if na then a, b = string.sub(b, 2), string.sub(a, 2) end
          if #a ~= #b then return #a < #b end
          return a < b
        end
        local VERSION = 2
        local function newer(version)
          return tonumber(version) and tonumber(version) > VERSION and redis.error_reply('NEWERSTORE ' .. version .. ' ' .. VERSION)
        end
        local function words(text)
          local t = {}
          for w in string.gmatch(text, '%S+') do t[#t + 1] = w end
          return t
        end

        """#

    // A fact is told in the step of its decision, where anybody wants them (`facts`): its number, which grows like a fence, when in us, and what:
    //      B attempt started job | E attempt first count outcome job | S attempt job | T revision | D what reason
    // `facts:dropped` counts those that are gone.
    static let factsLua = #"""
        local function tell(text, us)
          local known = call('HMGET', META, 'fact', 'facts:size')
          local number, size = int(math.max((tonumber(known[1]) or 0) + 1, us)), (tonumber(known[2]) or 0) + 1
          call('ZADD', P..'facts', number, number .. ' ' .. int(us) .. ' ' .. text)
          if size > 66560 then
            local old = call('ZRANGE', P..'facts', 0, size - 65537)
            call('ZREMRANGEBYRANK', P..'facts', 0, size - 65537)
            size = call('ZCARD', P..'facts')
            if #old > 0 then call('HSET', META, 'facts:gone', string.match(old[#old], '^%d+')) end
            call('HINCRBY', META, 'facts:dropped', #old)
          end
          call('HSET', META, 'fact', number, 'facts:size', size)
        end

        """#

    // A row of an open attempt: fence state node boot pid ticks started first count trigger claimed token. The state is claimed, running, or queued
    // and, behind a colon, the pool. Who asked for it stands behind the trigger and a `=`, what is asked of it behind a `+`, in both rows (`AttemptWords`).
    // `node` decides about it. One that was taken over has a word more: the node that had it before, where it ran.
    // A row with an outcome: first count trigger claimed started finished user sys outcome, a space, the tail.
    // `-` stands for nothing.
    static let rowsLua = #"""
        local F, S, N, BOOT, PID, TICKS, STARTED, FIRST, COUNT, TRIGGER, CLAIMED, TOKEN, RAN = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
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

        """#

    // ARGV 1 quarantine ms, 2 jump ms, 3 lease ms, 4 node, 5 its connection and the highest fence it knows (`3:1700000000000000`), 6 runs kept
    // per job, 7 caller's time in ns, then the verb's own.
    //
    // Has the engine lost something? Yes, if its run id changed, it has no memory, a node knows a higher fence than it does, or its clock jumped,
    // unless nobody but the caller was there before: then nobody else was silent, and nobody knows more. Where scripts may not ask for the run id, every new connection may be one to a restarted engine, until a call comes over a
    // connection that is older: connections do not outlive the engine.
    static let prelude =
        names + rowsLua + factsLua + #"""
            local QUAR, JUMP, LEASE, NODE = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
            local KEEP, NOW = tonumber(ARGV[6]), ARGV[7]
            local tv = call('TIME')
            local us = tonumber(tv[1]) * 1000000 + tonumber(tv[2])
            local ms = math.floor(us / 1000)
            local m = call('HMGET', META, 'rid', 'quar', 'clock', 'fence', 'hard', 'short', 'store', 'facts')
            if m[7] ~= '2' then
              if newer(m[7]) then return newer(m[7]) end
              -- Of version 1, or of none.
              local at = tonumber(call('HGET', META, 'last'))
              call('HSET', META, 'store', VERSION, 'last', 'nan')
              if at and at == at then
                m[3] = int(at)
                local older = call('ZRANGEBYSCORE', NODES, int(at - 15000), '+inf')
                if #older > 0 then call('HSET', META, 'older', int(ms) .. ' ' .. table.concat(older, ' ')) end
                call('DEL', NODES, ZONES)
              end
            end
            local last, quar, lastFence, hard = tonumber(m[3]) or 0, tonumber(m[2]) or 0, tonumber(m[4]) or 0, tonumber(m[5]) or 0
            local info = redis.pcall('INFO', 'server')
            local rid = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
            local link, known, wanted, worker = string.match(ARGV[5], '^(%d+):(%d+)(f?)(w?)$')
            if wanted == 'f' and not m[8] then
              m[8] = '1'
              call('HSET', META, 'facts', '1')
            end
            local function fact(text) if m[8] then tell(text, us) end end
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
            call('HSET', META, 'clock', int(ms), 'fence', int(lastFence))
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
            local quarantine = int(math.max(0, quar - ms))
            local fenced = false
            local function fence()
              lastFence = math.max(lastFence + 1, us)
              fenced = true
              return int(lastFence)
            end
            local function begun(job, field, t, started)
              if t[STARTED] == '-' and started ~= '-' then fact('B ' .. field .. ' ' .. started .. ' ' .. job) end
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
              fact('E ' .. field .. ' ' .. first .. ' ' .. count .. ' ' .. outcome .. ' ' .. job)
              settle(job, field, table.concat({first, count, trigger or 'scheduled', NOW, '-', NOW, '-', '-', outcome, ''}, ' '))
            end
            local function decided(job, field, first, count, outcome, trigger)
              note(job, field, fence())
              ended(job, field, first, count, outcome, trigger)
            end
            local function leave(job, key)
              call('HDEL', RUNS, key)
              call('ZREM', OPEN, key)
              if call('HINCRBY', ACT, job, -1) <= 0 then call('HDEL', ACT, job) end
            end

            """#
}
