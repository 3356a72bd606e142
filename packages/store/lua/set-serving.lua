-- Rule:    a slot has at most one serving worker.
-- KEYS     epoch, serving
-- ARGV     epoch, slot, worker id or "" for none
-- Output:  1
if ARGV[3] == '' then redis.call('HDEL', KEYS[2], ARGV[2]) else redis.call('HSET', KEYS[2], ARGV[2], ARGV[3]) end
return 1
