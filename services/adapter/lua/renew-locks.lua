-- Rule:    the lock of a job that is held here is renewed. One that expired while nobody could renew it (Redis was away) is taken again, as long as
--          the job is still active: nobody else has it then, and its run need not happen twice.
-- KEYS     stalled, active
-- ARGV     prefix of the job keys, duration in ms, then id, token, id, token …
-- Output:  the ids whose lock is lost
local lost = {}
for i = 3, #ARGV, 2 do
  local id, token = ARGV[i], ARGV[i + 1]
  local lock = ARGV[1] .. id .. ':lock'
  local holder = redis.call('GET', lock)
  if holder == token or (not holder and redis.call('LPOS', KEYS[2], id)) then
    redis.call('SET', lock, token, 'PX', ARGV[2])
    redis.call('SREM', KEYS[1], id)
  else
    lost[#lost + 1] = id
  end
end
return lost
