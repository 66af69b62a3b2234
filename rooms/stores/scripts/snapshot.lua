-- Stores the snapshot of a room's durable facts, unless a newer one is there.
-- KEYS[1]  room:{code}:snapshot, hash {version, snapshot}
-- ARGV[1]  the version of the database row the snapshot was made from
-- ARGV[2]  the snapshot, JSON
-- ARGV[3]  seconds until it is forgotten (it can be made again from the database)
-- Returns  1 if it was stored, 0 if a newer one stays.
local version = tonumber(redis.call('HGET', KEYS[1], 'version') or '0')
if version > tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[1], 'snapshot', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
