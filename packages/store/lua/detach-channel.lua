-- Rule:    the blob of a detached channel is kept for a time and then goes by itself.
-- KEYS     epoch, channel
-- ARGV     epoch, time to keep it in ms
-- Output:  1 when there was one
return redis.call('PEXPIRE', KEYS[2], ARGV[2])
