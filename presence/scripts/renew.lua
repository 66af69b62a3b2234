-- Renews the leases that are held; says which are not, so that they are taken again.
-- KEYS[1]  room:{code}:leases    sorted set "person connection" -> expiry in ms
-- KEYS[2]  room:{code}:since     sorted set person -> present since, ms
-- ARGV[1]  expiry, ms
-- ARGV[2+] the leases, "person connection" each
-- Returns  the positions among them, from 0, of those that are not held.
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
