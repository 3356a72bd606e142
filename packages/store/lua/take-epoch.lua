-- Rule:    a new leader takes 1 + max(Redis, reported), once the lease is free or its own.
-- KEYS     epoch, lease
-- ARGV     holder, time to live of the lease in ms, highest epoch that was reported
-- Output:  {epoch, "", 0} when taken; {0, holder, ms left} while somebody else leads
local holder = redis.call('GET', KEYS[2])
if holder and holder ~= ARGV[1] then return { 0, holder, redis.call('PTTL', KEYS[2]) } end
local epoch = 1 + math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), tonumber(ARGV[3]))
redis.call('SET', KEYS[1], string.format('%d', epoch))
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return { epoch, '', 0 }
