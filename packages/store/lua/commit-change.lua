-- Rule:    the commit of a change and the worker that serves from then on are written in one step, and only for the change that runs.
-- KEYS     epoch, changes, serving
-- ARGV     epoch, slot, id of the change, committed change as JSON, worker id that serves from now on or ""
-- Output:  1 when committed (again), 0 when another change or none runs
local running = redis.call('HGET', KEYS[2], ARGV[2])
if not running or cjson.decode(running).id ~= ARGV[3] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
if ARGV[5] == '' then redis.call('HDEL', KEYS[3], ARGV[2]) else redis.call('HSET', KEYS[3], ARGV[2], ARGV[5]) end
return 1
