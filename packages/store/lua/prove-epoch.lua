-- Rule:    changes nothing; who is answered led at that moment.
-- KEYS     epoch
-- ARGV     epoch
-- Output:  1
return 1
