-- Rule:    a job that no worker has begun goes back to the front of what waits, as if it had never been taken. Done again, it changes nothing.
-- KEYS     active, wait, prioritized, marker, meta, events, job, lock, stalled
-- ARGV     id, token
-- Output:  1 given back; 0 somebody else has it, or it is not active any more
if redis.call('EXISTS', KEYS[7]) == 0 or not unlock(ARGV[1], ARGV[2], KEYS[8], KEYS[9]) then return 0 end
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[7], 'ats', -1)
toFront(ARGV[1])
return 1
