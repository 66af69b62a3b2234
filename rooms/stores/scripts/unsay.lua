-- Deletes a chat message and adds an event for it, for clients that have the message.
-- KEYS[1]  room:{code}:chat        stream of messages
-- ARGV[1]  the message's stream id
-- ARGV[2]  the member who must have sent it, or '' for anybody
-- Returns  1 deleted, 0 there is no such message, -1 it is someone else's.
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
if not entry or entry[2][1] ~= 'member' then
  return 0
end
if ARGV[2] ~= '' and entry[2][2] ~= ARGV[2] then
  return -1
end
-- Its id may have been written in another way, with zeros in front, and clients compare it as text.
redis.call('XDEL', KEYS[1], entry[1])
redis.call('XADD', KEYS[1], '*', 'deleted', entry[1])
return 1
