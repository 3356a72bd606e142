-- Rule:    the leader keeps its lease alive; one that was replaced cannot.
-- KEYS     epoch, lease
-- ARGV     epoch, holder, time to live in ms
-- Output:  1
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1
