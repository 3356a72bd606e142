-- Rule:    a pool that left the configuration leaves no state; the generations of its slots stay, they are never used again.
-- KEYS     epoch, pools
-- ARGV     epoch, pool
-- Output:  number of records removed
return redis.call('HDEL', KEYS[2], ARGV[2])
