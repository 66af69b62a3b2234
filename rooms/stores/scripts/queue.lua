-- Replaces a room's queue if nobody has changed it since it was read.
-- KEYS[1]  room:{code}:queue, hash {version, queue}
-- ARGV[1]  the version that was read, '' to store a queue where there is none
-- ARGV[2]  the new version, larger than the one that was read
-- ARGV[3]  the new queue, JSON
-- ARGV[4]  seconds until an abandoned queue is forgotten
-- Returns  1 if it was replaced, 0 if someone else was quicker.
if (redis.call('HGET', KEYS[1], 'version') or '') ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'queue', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
