-- Rule:    the keys that check worker identities change as a whole; their private halves are never here.
-- KEYS     epoch, identity-keys
-- ARGV     epoch, keys as JSON
-- Output:  1
redis.call('SET', KEYS[2], ARGV[2])
return 1
