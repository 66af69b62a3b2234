-- Claims what is due by moving it a little into the future: nobody else takes it now, and someone
-- does later if the claimer dies before it is done.
-- KEYS[1]  rooms:deadlines or rooms:pending_changes, sorted set of members -> due at, ms
-- ARGV[1]  now, ms
-- ARGV[2]  when a claim that nobody finished is due again, ms
-- ARGV[3]  how many at most
-- Returns  {member, ...}
local passed = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, deadline in ipairs(passed) do
  redis.call('ZADD', KEYS[1], ARGV[2], deadline)
end
return passed
