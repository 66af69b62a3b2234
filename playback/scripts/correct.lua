-- Stores how far room time is ahead of this server's TIME, after TIME has jumped.
-- KEYS[1]  clock, hash {number, ahead_ms}
-- ARGV[1]  the number that was read; 0 when there was none
-- ARGV[2]  the new number, larger than every one that the writer knows
-- ARGV[3]  ms by which room time is ahead
-- Returns  1 if it was stored, 0 if another process was quicker.
if (redis.call('HGET', KEYS[1], 'number') or '0') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'number', ARGV[2], 'ahead_ms', ARGV[3])
return 1
