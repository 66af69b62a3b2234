-- Takes or renews a connection's lease; a person's first lease makes them present.
-- KEYS[1]  room:{code}:leases    sorted set "person connection" -> expiry in ms
-- KEYS[2]  room:{code}:since     sorted set person -> present since, ms
-- KEYS[3]  room:{code}:names     hash person -> display name
-- KEYS[4]  room:{code}:sockets   hash person -> number of their leases
-- KEYS[5]  room:{code}:presence  counter of changes
-- KEYS[6]  room:{code}:renamed   hash person -> name that they took lately
-- KEYS[7]  room:{code}:occupied_since  since when somebody has been present without a break, ms
-- ARGV[1]  person   ARGV[2] connection   ARGV[3] name
-- ARGV[4]  now, ms  ARGV[5] expiry, ms
-- ARGV[6]  capacity, 0 for none: how many people may be present, this one included
-- ARGV[7]  how many leases a person may have, 0 for any number
-- Returns  {outcome, count, name}: -1 full, -2 they have too many, 0 was present already, 1 is newly
--          present; their current name, which may differ from the one in an older ticket.
local person, lease = ARGV[1], ARGV[1] .. ' ' .. ARGV[2]
local present = redis.call('ZSCORE', KEYS[2], person)
local count = redis.call('ZCARD', KEYS[2])
local capacity = tonumber(ARGV[6])
if not present and capacity > 0 and count >= capacity then
  return {-1, count, ''}
end
local most = tonumber(ARGV[7])
if most > 0 and tonumber(redis.call('HGET', KEYS[4], person) or '0') >= most then
  return {-2, count, ''}
end
if redis.call('ZADD', KEYS[1], ARGV[5], lease) == 1 then
  if redis.call('ZCARD', KEYS[1]) == 1 then
    -- Nobody has a lease, so any counters belong to leases that Redis has lost.
    redis.call('DEL', KEYS[4])
  end
  redis.call('HINCRBY', KEYS[4], person, 1)
end
local name = redis.call('HGET', KEYS[6], person) or ARGV[3]
if count > 0 and redis.call('EXISTS', KEYS[7]) == 0 then
  -- Versions before 0.7 did not store it.
  redis.call('SET', KEYS[7], redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2])
end
if present then
  return {0, count, name}
end
if count == 0 then
  redis.call('SET', KEYS[7], ARGV[4])
end
redis.call('ZADD', KEYS[2], ARGV[4], person)
redis.call('HSET', KEYS[3], person, name)
if redis.call('EXISTS', KEYS[5]) == 0 then
  -- Counting begins at the time, so that it differs from a count that Redis has lost.
  local time = redis.call('TIME')
  local moment = (time[1] * 1000000 + time[2]) % 2 ^ 31
  redis.call('SET', KEYS[5], string.format('%.0f', moment * 2 ^ 22))
end
redis.call('INCR', KEYS[5])
return {1, count + 1, name}
