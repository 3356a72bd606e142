-- Rule:    a closed channel leaves nothing.
-- KEYS     epoch, channels, channel
-- ARGV     epoch, "adapterId/channelId"
-- Output:  1
redis.call('DEL', KEYS[3])
redis.call('SREM', KEYS[2], ARGV[2])
return 1
