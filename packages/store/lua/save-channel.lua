-- Rule:    the blob of a channel is kept as long as the channel is attached; opaque, at most 64 KiB (checked by the caller).
-- KEYS     epoch, channels, channel
-- ARGV     epoch, "adapterId/channelId", facts as JSON, blob
-- Output:  1
redis.call('HSET', KEYS[3], 'facts', ARGV[3], 'blob', ARGV[4])
redis.call('PERSIST', KEYS[3])
redis.call('SADD', KEYS[2], ARGV[2])
return 1
