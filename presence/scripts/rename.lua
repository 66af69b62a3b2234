-- Gives a present person another name, which outlives the tickets that say the old one.
-- KEYS[1]  room:{code}:since     sorted set person -> present since, ms
-- KEYS[2]  room:{code}:names     hash person -> display name
-- KEYS[3]  room:{code}:renamed   hash person -> name that they took since they came
-- KEYS[4]  room:{code}:presence  counter of changes
-- ARGV[1]  person   ARGV[2] name
-- Returns  1 when they are present.
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[4])
return 1
