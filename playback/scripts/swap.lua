-- Replaces a room's live state if nobody has changed it since it was read.
-- KEYS[1]  room:{code}:live, hash {revision, state}
-- ARGV[1]  the revision that was read; 0 to create a state where there is none
-- ARGV[2]  the new revision, larger than ARGV[1]
-- ARGV[3]  the new state, JSON
-- ARGV[4]  seconds until an abandoned state is forgotten
-- Returns  1 when it was replaced, 0 when the race was lost.
local current = redis.call('HGET', KEYS[1], 'revision') or '0'
if current ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
