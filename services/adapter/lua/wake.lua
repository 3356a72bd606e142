-- Rule:    whoever waits for a job is woken when there is one that may be taken. BullMQ adds no marker while the queue is maxed, so that an adapter
--          that ends a job and takes no other has to say so; so has one that was woken and cannot take it.
-- KEYS     wait, prioritized, active, meta, marker
-- Output:  1 woken; 0 there is nothing to take
local meta = redis.call('HMGET', KEYS[4], 'paused', 'concurrency')
if meta[1] or (meta[2] and redis.call('LLEN', KEYS[3]) >= tonumber(meta[2])) then return 0 end
if redis.call('LLEN', KEYS[1]) + redis.call('ZCARD', KEYS[2]) == 0 then return 0 end
redis.call('ZADD', KEYS[5], 0, '0')
return 1
