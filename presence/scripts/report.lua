-- Stores what players report, of those who are present: nothing of anyone else would ever
-- be deleted.
-- KEYS[1]  room:{code}:since     sorted set person -> present since, ms
-- KEYS[2]  room:{code}:status    hash person -> what their player reports, JSON
-- KEYS[3]  room:{code}:presence  counter of changes
-- ARGV     person, status as JSON, person, status, ...
-- Returns  how many were stored.
local stored = 0
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
    stored = stored + 1
  end
end
if stored > 0 then
  redis.call('INCR', KEYS[3])
end
return stored
