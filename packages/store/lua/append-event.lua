-- Rule:    events are kept in order and bounded. One whose reply was lost comes again and is kept once: the leader writes one after the
--          other, so that it is the last entry or is not there.
-- KEYS     epoch, events
-- ARGV     epoch, largest number kept, event as JSON, its mark, which no other event has
-- Output:  the id of the entry
local last = redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1)[1]
if last and last[2][4] == ARGV[4] then return last[1] end
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[3], 'mark', ARGV[4])
