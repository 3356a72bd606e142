-- Rule:    events are kept in order and bounded.
-- KEYS     epoch, events
-- ARGV     epoch, largest number kept, event as JSON
-- Output:  the id of the entry
return redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[2], '*', 'event', ARGV[3])
