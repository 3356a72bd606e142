-- Rule:    a recycle begins together with its replacement: the generation of the slot, the record of the worker and the change are written in
--          one step, or nothing is. One change per slot at a time; the first one wins. Begun again, it is the same recycle.
-- KEYS     epoch, changes, generations, workers, worker number
-- ARGV     epoch, slot, id of the change, change as JSON, id of the replacement, its record as JSON without its generation,
--          highest generation that was reported, number of the worker id, so that the next leader gives none again
-- Output:  {"", generation} when it begins (or had begun); {id of the one that runs, 0}
local running = redis.call('HGET', KEYS[2], ARGV[2])
if running then
  local id = cjson.decode(running).id
  if id ~= ARGV[3] then return { id, 0 } end
end
local known = redis.call('HGET', KEYS[4], ARGV[5])
if running and known then return { '', cjson.decode(known).generation } end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
if tonumber(redis.call('GET', KEYS[5]) or '0') < tonumber(ARGV[8]) then redis.call('SET', KEYS[5], ARGV[8]) end
local generation = 1 + math.max(tonumber(redis.call('HGET', KEYS[3], ARGV[2]) or '0'), tonumber(ARGV[7]))
redis.call('HSET', KEYS[3], ARGV[2], generation)
redis.call('HSET', KEYS[4], ARGV[5], '{"generation":' .. string.format('%d', generation) .. ',' .. string.sub(ARGV[6], 2))
return { '', generation }
