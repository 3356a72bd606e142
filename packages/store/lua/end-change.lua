-- Rule:    a change that ended, committed or given up, leaves the slot free for the next.
-- KEYS     epoch, changes
-- ARGV     epoch, slot, id of the change
-- Output:  1 when it was the one that ran
local running = redis.call('HGET', KEYS[2], ARGV[2])
if not running or cjson.decode(running).id ~= ARGV[3] then return 0 end
return redis.call('HDEL', KEYS[2], ARGV[2])
