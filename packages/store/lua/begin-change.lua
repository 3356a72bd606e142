-- Rule:    one change per slot at a time; the first one wins.
-- KEYS     epoch, changes
-- ARGV     epoch, slot, id of the change, change as JSON
-- Output:  "" when it begins (or had begun), else the id of the one that runs
local running = redis.call('HGET', KEYS[2], ARGV[2])
if running then
  local id = cjson.decode(running).id
  if id == ARGV[3] then return '' end
  return id
end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[4])
return ''
