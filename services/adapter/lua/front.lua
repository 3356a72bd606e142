-- Shared by give-back.lua and stall-job.lua: puts a job that was active where it is taken next, among those of its priority, and wakes who waits.
-- KEYS     active, wait, prioritized, marker, meta, events, job
local function toFront(id)
  local priority = tonumber(redis.call('HGET', KEYS[7], 'priority') or '0') or 0
  if priority > 0 then
    redis.call('ZADD', KEYS[3], priority * 0x100000000, id)
  else
    redis.call('RPUSH', KEYS[2], id)
  end
  local meta = redis.call('HMGET', KEYS[5], 'paused', 'concurrency')
  local isMaxed = meta[2] and redis.call('LLEN', KEYS[1]) >= tonumber(meta[2])
  if not meta[1] and not isMaxed then redis.call('ZADD', KEYS[4], 0, '0') end
  redis.call('XADD', KEYS[6], '*', 'event', 'waiting', 'jobId', id, 'prev', 'active')
end
-- Takes the lock away. False: somebody else has the job.
local function unlock(id, token, lock, stalled)
  local holder = redis.call('GET', lock)
  if holder and holder ~= token then return false end
  redis.call('DEL', lock)
  redis.call('SREM', stalled, id)
  return true
end
