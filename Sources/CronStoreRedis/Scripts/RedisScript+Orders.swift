// Runs that other hosts are to start: a hash of run ─▶ `till in ms, host, forced (1 or 0), who asks`, each a word. That there is a new one is heard with
// the next renewal (`orders` in `meta`: when the last came, in us).

extension RedisScript {
    private static let standing = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local ORDERS, tv = P..'orders', call('TIME')
        local us = tonumber(tv[1]) * 1000000 + tonumber(tv[2])
        local ms = math.floor(us / 1000)

        """#

    // 1 run, 2 how long it stands in ms, 3 host, 4 forced, 5 who asks, 6 how many there may be. Answers 1, or 0 where there are too many. What nobody
    // took back for a minute is dropped.
    static let passOnBody =
        standing + #"""
            local all, count = call('HGETALL', ORDERS), 0
            for k = 1, #all, 2 do
              local till = tonumber(string.match(all[k + 1], '^%d+'))
              if not till or till < ms - 60000 then call('HDEL', ORDERS, all[k]) else count = count + 1 end
            end
            if count >= tonumber(ARGV[6]) then return 0 end
            call('HSET', ORDERS, ARGV[1], int(ms + tonumber(ARGV[2])) .. ' ' .. ARGV[3] .. ' ' .. ARGV[4] .. ' ' .. ARGV[5])
            call('HSET', META, 'orders', int(us))
            return 1
            """#

    // 1 host. Answers of each that stands: run, ms left, forced, who asks.
    static let ordersBody =
        standing + #"""
            local out, all = {}, call('HGETALL', ORDERS)
            for k = 1, #all, 2 do
              local till, host, forced, by = string.match(all[k + 1], '^(%d+) (%S+) (%d) (%S+)$')
              if till and host == ARGV[1] and tonumber(till) > ms then out[#out + 1] = {all[k], int(tonumber(till) - ms), forced, by} end
            end
            return out
            """#

    // Nodes that are dead, as their host knows. What they held may be swept at once.
    static let abandonBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local tv, dead, all = call('TIME'), {}, call('HGETALL', RUNS)
        local ms = tonumber(tv[1]) * 1000 + math.floor(tonumber(tv[2]) / 1000)
        for _, node in ipairs(ARGV) do
          dead[node] = true
          call('ZREM', NODES, node)
          call('HDEL', LINKS, node)
          call('HDEL', ZONES, node)
        end
        for k = 1, #all, 2 do
          local lease = tonumber(call('ZSCORE', OPEN, all[k]))
          if dead[words(all[k + 1])[N]] and lease and lease >= ms then call('ZADD', OPEN, int(ms - 1), all[k]) end
        end
        return 1
        """#
}
