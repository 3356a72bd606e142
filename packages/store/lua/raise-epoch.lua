-- Rule:    the leader lifts its own epoch above one that was reported, or writes it again after Redis lost it; nobody else may.
-- KEYS     epoch
-- ARGV     epoch of the leader, highest epoch that was reported
-- Output:  the new epoch
-- Errors:  STALE_EPOCH <current>
local current = redis.call('GET', KEYS[1])
if current and current ~= ARGV[1] then return redis.error_reply('STALE_EPOCH ' .. current) end
local epoch = 1 + math.max(tonumber(ARGV[1]), tonumber(ARGV[2]))
redis.call('SET', KEYS[1], string.format('%d', epoch))
return epoch
