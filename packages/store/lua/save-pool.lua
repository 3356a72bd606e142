-- Rule:    what an operator said of a pool (started, stopped) survives every restart.
-- KEYS     epoch, pools
-- ARGV     epoch, pool, state as JSON
-- Output:  1
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
return 1
