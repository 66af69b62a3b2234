-- Releases leases: one by name, or all that have expired. A person with none left is gone.
-- KEYS[1]  room:{code}:leases    sorted set "person connection" -> expiry in ms
-- KEYS[2]  room:{code}:since     sorted set person -> present since, ms
-- KEYS[3]  room:{code}:names     hash person -> display name
-- KEYS[4]  room:{code}:sockets   hash person -> number of their leases
-- KEYS[5]  room:{code}:presence  counter of changes
-- KEYS[6]  room:{code}:status    hash person -> what their player reports, JSON
-- KEYS[7]  room:{code}:occupied_since  since when somebody has been present without a break, ms
-- KEYS[8]  room:{code}:left      sorted set person -> when they left, ms
-- KEYS[9]  room:{code}:awaited   sorted set, by name: the leases whose player is waited for
-- ARGV[1]  the lease "person connection", or '' for those that have expired
-- ARGV[2]  now, ms: with '' the leases that expired before this are released
-- ARGV[3]  how long to remember who has left, ms
-- Returns  {count, next expiry in ms or '', person gone, person gone, ...}
local leases
if ARGV[1] ~= '' then
  leases = {ARGV[1]}
else
  leases = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. ARGV[2])
end
local gone = {}
local is_news = false
for _, lease in ipairs(leases) do
  if redis.call('ZREM', KEYS[9], lease) == 1 then
    -- The person may stay with another connection, but nobody waits for this one any more.
    is_news = true
  end
  local person = string.match(lease, '^%S+')
  if redis.call('ZREM', KEYS[1], lease) == 1
      and redis.call('HINCRBY', KEYS[4], person, -1) <= 0 then
    redis.call('HDEL', KEYS[4], person)
    redis.call('HDEL', KEYS[3], person)
    redis.call('HDEL', KEYS[6], person)
    redis.call('ZREM', KEYS[2], person)
    gone[#gone + 1] = person
  end
end
if is_news or #gone > 0 then
  redis.call('INCR', KEYS[5])
end
if #gone > 0 then
  local time = redis.call('TIME')
  local left_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  for _, person in ipairs(gone) do
    redis.call('ZADD', KEYS[8], left_ms, person)
  end
  redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', left_ms - ARGV[3])
  redis.call('PEXPIRE', KEYS[8], ARGV[3])
end
local count = redis.call('ZCARD', KEYS[2])
if count == 0 then
  redis.call('DEL', KEYS[7])
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local answer = {count, first[2] or ''}
for _, person in ipairs(gone) do
  answer[#answer + 1] = person
end
return answer
