-- Stores the reports of players. Only for connections with a lease, because others would never be
-- deleted.
-- KEYS[1]  room:{code}:leases    sorted set "person connection" -> expiry in ms
-- KEYS[2]  room:{code}:status    hash person -> what their player reports, JSON
-- KEYS[3]  room:{code}:presence  counter of changes
-- KEYS[4]  room:{code}:awaited   sorted set, by name: the leases whose player is waited for
-- ARGV     person, connection, status as JSON, '1' to be waited for or '0', person, ...
-- Returns  the number of reports that were stored.
local stored = 0
for i = 1, #ARGV, 4 do
  local lease = ARGV[i] .. ' ' .. ARGV[i + 1]
  if redis.call('ZSCORE', KEYS[1], lease) then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 2])
    if ARGV[i + 3] == '1' then
      redis.call('ZADD', KEYS[4], 0, lease)
    else
      redis.call('ZREM', KEYS[4], lease)
    end
    stored = stored + 1
  end
end
if stored > 0 then
  redis.call('INCR', KEYS[3])
end
return stored
