// Where consumers of facts stand: cursor, holder, until (of the holder's lease, in ms), and ordinal: how many facts were ever told up to the cursor, by
// which one sees how many were dropped unread.

extension RedisScript {
    // 1 consumer, 2 node, 3 lease in ms. A lease that ends later than one given now would was given by a clock that has been set back since.
    static let consumingLua = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        local C, NODE, LEASE = P..'consumer:'..ARGV[1], ARGV[2], tonumber(ARGV[3])
        local now = call('TIME')
        local ms = math.floor(tonumber(now[1]) * 1000 + tonumber(now[2]) / 1000)
        local dropped = tonumber(call('HGET', META, 'facts:dropped')) or 0
        local function stand(cursor)
          local ordinal = dropped + call('ZCOUNT', P..'facts', '-inf', cursor)
          call('HSET', C, 'cursor', cursor, 'holder', NODE, 'until', int(ms + LEASE), 'ordinal', int(ordinal))
        end

        """#

    // 4 where it stands that has no place yet (`-`: behind the last fact). Answers the node that has it, or nothing, the cursor and how many are lost.
    static let attendBody = #"""
        local c = call('HMGET', C, 'cursor', 'holder', 'until', 'ordinal')
        local till = tonumber(c[3]) or 0
        if c[2] and c[2] ~= NODE and till > ms and till <= ms + LEASE then return {c[2]} end
        if not c[1] then
          local cursor = ARGV[4] ~= '-' and ARGV[4] or call('HGET', META, 'fact') or '0'
          stand(cursor)
          return {'', cursor, 0}
        end
        call('HSET', C, 'holder', NODE, 'until', int(ms + LEASE))
        return {'', c[1], math.max(0, dropped - (tonumber(c[4]) or dropped))}
        """#

    // 4 from, 5 to; then notes: name, 1 and its text, or 0 and nothing. Answers 1 if that was done.
    static let advanceBody = #"""
        local c = call('HMGET', C, 'cursor', 'holder')
        if c[1] ~= ARGV[4] or c[2] ~= NODE then return 0 end
        for i = 6, #ARGV, 3 do
          if ARGV[i + 1] == '1' then call('HSET', C..':notes', ARGV[i], ARGV[i + 2]) else call('HDEL', C..':notes', ARGV[i]) end
        end
        stand(ARGV[5])
        return 1
        """#

    // 1 consumer, 2 node.
    static let leaveBody = #"""
        local C = P..'consumer:'..ARGV[1]
        if call('HGET', C, 'holder') == ARGV[2] then call('HDEL', C, 'holder', 'until') end
        return 1
        """#

    // 1 what, 2 reason, as words.
    static let degradedBody = #"""
        local too = newer(call('HGET', META, 'store'))
        if too then return too end
        if call('HEXISTS', META, 'facts') == 1 then
          local now = call('TIME')
          tell('D ' .. ARGV[1] .. ' ' .. ARGV[2], tonumber(now[1]) * 1000000 + tonumber(now[2]))
        end
        return 1
        """#

    static let forgetFactsBody = #"""
        call('HINCRBY', META, 'facts:dropped', call('ZCARD', P..'facts'))
        call('HDEL', META, 'facts', 'facts:size')
        call('DEL', P..'facts')
        return 1
        """#
}
