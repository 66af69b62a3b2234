-- Deletes a value that cannot be read, unless somebody has replaced it meanwhile.
-- KEYS[1]  the hash that has it
-- ARGV[1]  the field that has it
-- ARGV[2]  the SHA-1 of what cannot be read, in hexadecimal
if redis.sha1hex(redis.call('HGET', KEYS[1], ARGV[1]) or '') == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
