-- Replaces a room's live state if nobody has changed it since it was read.
-- KEYS[1]  room:{code}:live, hash {revision, state}
-- ARGV[1]  the SHA-1 of the state that was read, in hexadecimal; '' to create a state where there is none
-- ARGV[2]  the new revision, larger than that of the state that was read
-- ARGV[3]  the new state, JSON
-- ARGV[4]  seconds until an abandoned state is forgotten
-- ARGV[5]  until when somebody waits for the answer, TIME in ms
-- Returns  nothing if it was replaced; 0 if nobody waits any more; otherwise the state that is there,
--          or ''.
local now = redis.call('TIME')
if now[1] * 1000 + now[2] / 1000 > tonumber(ARGV[5]) then
  return 0
end
local current = redis.call('HGET', KEYS[1], 'state') or ''
local digest = current ~= '' and redis.sha1hex(current) or ''
if digest ~= ARGV[1] then
  return current
end
redis.call('HSET', KEYS[1], 'revision', ARGV[2], 'state', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return false
