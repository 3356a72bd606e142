-- Rule:    orders of a slot are numbered; a leader that was replaced gets no number, so it adds no job.
-- KEYS     epoch, orders
-- ARGV     epoch, slot
-- Output:  the number
return redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
