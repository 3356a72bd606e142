-- Put before every file that writes (see src/scripts.ts).
-- Rule:    a write of a leader that was replaced has no effect; without an epoch Redis has lost what it held.
-- KEYS[1]  epoch
-- ARGV[1]  epoch of the writer
-- Errors:  STATE_LOST, STALE_EPOCH <current>
do
  local current = redis.call('GET', KEYS[1])
  if not current then return redis.error_reply('STATE_LOST') end
  if current ~= ARGV[1] then return redis.error_reply('STALE_EPOCH ' .. current) end
end
