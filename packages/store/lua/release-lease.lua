-- Rule:    a leader that ends gives its lease back, so that the next one need not wait.
-- KEYS     epoch, lease
-- ARGV     epoch, holder
-- Output:  1
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('DEL', KEYS[2]) end
return 1
