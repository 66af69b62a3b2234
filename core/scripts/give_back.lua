-- Gives a token back that was taken for something that does not count after all.
-- KEYS[1]  the bucket: hash {tokens, at}
-- ARGV[1]  burst: the bucket's size in tokens
-- Returns  nothing. A bucket that is gone is full.
local tokens = tonumber(redis.call('HGET', KEYS[1], 'tokens'))
if tokens then
  redis.call('HSET', KEYS[1], 'tokens', math.min(tonumber(ARGV[1]), tokens + 1))
end
