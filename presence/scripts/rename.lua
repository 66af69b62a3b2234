-- Gives a person a new name, which is kept for longer than tickets with the old one are valid.
-- KEYS[1]  room:{code}:since       sorted set person -> present since, ms
-- KEYS[2]  room:{code}:names       hash person -> display name
-- KEYS[3]  room:{code}:renamed     hash person -> name that they took lately
-- KEYS[4]  room:{code}:renamed_at  sorted set person -> when, ms
-- KEYS[5]  room:{code}:presence    counter of changes
-- ARGV[1]  person   ARGV[2] name
-- ARGV[3]  now, ms  ARGV[4] how long a ticket may have the old name, ms
-- Returns  1 if they are present.
for _, person in ipairs(redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', ARGV[3] - ARGV[4])) do
  redis.call('HDEL', KEYS[3], person)
  redis.call('ZREM', KEYS[4], person)
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
redis.call('PEXPIRE', KEYS[3], ARGV[4])
redis.call('PEXPIRE', KEYS[4], ARGV[4])
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('INCR', KEYS[5])
return 1
