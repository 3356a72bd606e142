-- Rule:    which settings a pool rolls out, by which recycle, and that they were stopped, outlives the leader.
-- KEYS     epoch, rollouts
-- ARGV     epoch, pool, rollout as JSON; empty JSON: it is through
-- Output:  1
if ARGV[3] == '' then
  redis.call('HDEL', KEYS[2], ARGV[2])
else
  redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
end
return 1
