-- Rule:    a worker that is gone leaves no record.
-- KEYS     epoch, workers
-- ARGV     epoch, worker id
-- Output:  number of records removed
return redis.call('HDEL', KEYS[2], ARGV[2])
