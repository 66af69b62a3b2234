-- Deletes a key unless it is of the type that it should be of.
-- KEYS[1]  the key
-- ARGV[1]  its type, as TYPE tells it
-- Returns  1 if it was deleted
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'none' or type == ARGV[1] then
  return 0
end
return redis.call('DEL', KEYS[1])
