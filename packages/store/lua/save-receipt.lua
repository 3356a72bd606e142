-- Rule:    receipts are kept as they are last known, bounded by count and by age; those of running recycles are named in a set of their own.
-- KEYS     epoch, receipts, receipt times, running receipts
-- ARGV     epoch, id, receipt as JSON, Unix time at which the recycle was asked for in ms, "1" while it runs, largest number kept,
--          Unix time in ms before which none is kept
-- Output:  number of receipts that were dropped
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[2])
if ARGV[5] == '1' then redis.call('SADD', KEYS[4], ARGV[2]) else redis.call('SREM', KEYS[4], ARGV[2]) end
local old = redis.call('ZRANGEBYSCORE', KEYS[3], '-inf', '(' .. ARGV[7], 'LIMIT', 0, 1000)
local surplus = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[6])
if surplus > #old then old = redis.call('ZRANGE', KEYS[3], 0, math.min(surplus, 1000) - 1) end
for _, id in ipairs(old) do
  redis.call('HDEL', KEYS[2], id)
  redis.call('ZREM', KEYS[3], id)
  redis.call('SREM', KEYS[4], id)
end
return #old
