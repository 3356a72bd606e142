-- Rule:    a change that ended, committed or given up, leaves the slot free for the next; what became of a recycle is written in the same step.
-- KEYS     epoch, changes, receipts, receipt times, running receipts
-- ARGV     epoch, slot, id of the change, its receipt with the result as JSON or "", Unix time at which the recycle was asked for in ms
-- Output:  1 when it was the one that ran
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[3], ARGV[4])
  redis.call('ZADD', KEYS[4], ARGV[5], ARGV[3])
  redis.call('SADD', KEYS[5], ARGV[3])
end
local running = redis.call('HGET', KEYS[2], ARGV[2])
if not running or cjson.decode(running).id ~= ARGV[3] then return 0 end
return redis.call('HDEL', KEYS[2], ARGV[2])
