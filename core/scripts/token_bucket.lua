-- Takes a token from a bucket, or only checks for one; returns the time until there is one.
-- KEYS[1]  the bucket: hash {tokens, at}
-- ARGV[1]  burst: the bucket's size in tokens
-- ARGV[2]  refill in tokens per millisecond
-- ARGV[3]  1 to take it, 0 to check only
-- Returns  0 if there was a token, otherwise milliseconds until the next one.
-- The time is the server's own, since a bucket is shared by processes whose clocks differ.
local now = redis.call('TIME')
local now_ms = now[1] * 1000 + math.floor(now[2] / 1000)
local burst, refill = tonumber(ARGV[1]), tonumber(ARGV[2])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or burst
local at = tonumber(bucket[2]) or now_ms
if at > now_ms then
  -- The clock was set back: count from now, or nothing would be refilled for so long.
  at = now_ms
  redis.call('HSET', KEYS[1], 'at', now_ms)
end
local elapsed = now_ms - at
tokens = math.min(burst, tokens + elapsed * refill)
if tokens < 1 then
  return math.ceil((1 - tokens) / refill)
end
redis.call('HSET', KEYS[1], 'tokens', tokens - tonumber(ARGV[3]), 'at', now_ms)
redis.call('PEXPIRE', KEYS[1], math.ceil(burst / refill))
return 0
