-- Renews leases, and returns which of them were lost, so that they are taken again.
-- KEYS[1]  room:{code}:leases    sorted set "person connection" -> expiry in ms
-- KEYS[2]  room:{code}:since     sorted set person -> present since, ms
-- ARGV[1]  expiry, ms
-- ARGV[2+] the leases, "person connection" each
-- Returns  the positions, from 0, of the leases that were lost.
local lost = {}
for i = 2, #ARGV do
  local lease = ARGV[i]
  if redis.call('ZSCORE', KEYS[1], lease)
      and redis.call('ZSCORE', KEYS[2], string.match(lease, '^%S+')) then
    redis.call('ZADD', KEYS[1], ARGV[1], lease)
  else
    lost[#lost + 1] = i - 2
  end
end
return lost
