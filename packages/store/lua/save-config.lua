-- Rule:    the configuration text changes as a whole.
-- KEYS     epoch, config
-- ARGV     epoch, yaml, file, Unix time in ms
-- Output:  1
redis.call('HSET', KEYS[2], 'yaml', ARGV[2], 'file', ARGV[3], 'appliedAtMs', ARGV[4])
return 1
