-- Rule:    a start that was decided gets the next generation of its slot and its record in one step; a generation is never used again.
--          Asked again for a worker that has a record, the same generation is returned.
-- KEYS     epoch, generations, workers, serving, worker number
-- ARGV     epoch, slot, worker id, record as JSON without its generation, highest generation that was reported, "1" if it becomes the serving worker,
--          number of the worker id, so that the next leader gives none again
-- Output:  the generation
local known = redis.call('HGET', KEYS[3], ARGV[3])
if known then return cjson.decode(known).generation end
if tonumber(redis.call('GET', KEYS[5]) or '0') < tonumber(ARGV[7]) then redis.call('SET', KEYS[5], ARGV[7]) end
local generation = 1 + math.max(tonumber(redis.call('HGET', KEYS[2], ARGV[2]) or '0'), tonumber(ARGV[5]))
redis.call('HSET', KEYS[2], ARGV[2], generation)
redis.call('HSET', KEYS[3], ARGV[3], '{"generation":' .. string.format('%d', generation) .. ',' .. string.sub(ARGV[4], 2))
if ARGV[6] == '1' then redis.call('HSET', KEYS[4], ARGV[2], ARGV[3]) end
return generation
