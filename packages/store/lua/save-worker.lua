-- Rule:    the record of a worker follows its transitions; a generation seen here is never given again.
-- KEYS     epoch, workers, generations
-- ARGV     epoch, worker id, record as JSON, slot, generation
-- Output:  1
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
if tonumber(redis.call('HGET', KEYS[3], ARGV[4]) or '0') < tonumber(ARGV[5]) then redis.call('HSET', KEYS[3], ARGV[4], ARGV[5]) end
return 1
