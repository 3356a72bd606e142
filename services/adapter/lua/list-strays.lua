-- Rule:    the active jobs that are locked by one holder: what it does not know of was taken by a command whose answer it never read.
-- KEYS     active
-- ARGV     prefix of the job keys, what every token of the holder begins with
-- Output:  id, token, id, token …
local found = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local token = redis.call('GET', ARGV[1] .. id .. ':lock')
  if token and string.sub(token, 1, #ARGV[2]) == ARGV[2] then
    found[#found + 1] = id
    found[#found + 1] = token
  end
end
return found
