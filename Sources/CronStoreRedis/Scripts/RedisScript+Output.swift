// What runs wrote: a hash beside their rows, and when each came, so that the oldest go first.

extension RedisScript {
    // 1 job, 2 attempt, 3 bytes, 4 how many bytes are kept of all. Answers 1 where it was kept: the attempt has its outcome.
    static let keepOutputBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local OUT, AT, key = P..'output', P..'output:at', ARGV[1] .. '@' .. ARGV[2]
        if call('HEXISTS', P..'rows:'..ARGV[1], ARGV[2]) == 0 then return 0 end
        local now, most = call('TIME'), tonumber(ARGV[4])
        local size = (tonumber(call('HGET', META, 'output')) or 0) + #ARGV[3] - call('HSTRLEN', OUT, key)
        -- First what a full server refuses: after another write it would let all of it pass.
        call('HSET', META, 'output', int(size))
        call('ZREM', AT, key)
        while size > most do
          local oldest = call('ZRANGE', AT, 0, 15)
          if #oldest == 0 then size = #ARGV[3] end
          for _, old in ipairs(oldest) do
            if size > most then
              size = size - call('HSTRLEN', OUT, old)
              call('HDEL', OUT, old)
              call('ZREM', AT, old)
            end
          end
        end
        call('HSET', OUT, key, ARGV[3])
        call('ZADD', AT, int(tonumber(now[1]) * 1000000 + tonumber(now[2])), key)
        call('HSET', META, 'output', int(size))
        return 1
        """#

    // Part of prune. 2 oldest end in ns (empty: any). What ended before it goes.
    static let dropOldOutput = #"""
        if string.match(ARGV[2], '^%d%d%d%d+$') then
          local OUT, AT, size = P..'output', P..'output:at', 0
          local old = call('ZRANGEBYSCORE', AT, '-inf', '(' .. string.sub(ARGV[2], 1, -4), 'LIMIT', 0, 1000)
          for _, key in ipairs(old) do
            size = size + call('HSTRLEN', OUT, key)
            call('HDEL', OUT, key)
            call('ZREM', AT, key)
          end
          if size > 0 then call('HSET', META, 'output', int(math.max(0, (tonumber(call('HGET', META, 'output')) or 0) - size))) end
        end

        """#
}
