-- Rule:    a job whose worker died is back at the front of what waits, in one step: a stall as BullMQ counts it (stc), never an attempt. One that
--          has stalled more often than it may stays active and locked, for whoever asked to fail it.
-- KEYS     active, wait, prioritized, marker, meta, events, job, lock, stalled
-- ARGV     id, token, stalls that a job survives
-- Output:  its stalls so far, this one too; 0 somebody else has it, or it is not active any more. A negative number: stalled too often
if redis.call('EXISTS', KEYS[7]) == 0 or not redis.call('LPOS', KEYS[1], ARGV[1]) then return 0 end
local holder = redis.call('GET', KEYS[8])
if holder and holder ~= ARGV[2] then return 0 end
local stalls = redis.call('HINCRBY', KEYS[7], 'stc', 1)
if stalls > tonumber(ARGV[3]) then return -stalls end
unlock(ARGV[1], ARGV[2], KEYS[8], KEYS[9])
redis.call('LREM', KEYS[1], 1, ARGV[1])
toFront(ARGV[1])
redis.call('XADD', KEYS[6], '*', 'event', 'stalled', 'jobId', ARGV[1])
return stalls
