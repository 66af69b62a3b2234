-- Adds a chat message, unless it was sent already or repeats the sender's last one.
-- KEYS[1]  room:{code}:chat        stream of messages {member, name, text, at, client_id, role}
-- KEYS[2]  room:{code}:chat:sent   hash "member id" -> stream id, of recent messages
-- KEYS[3]  room:{code}:chat:last   hash member -> "at text", their last message
-- KEYS[4]  room:{code}:snapshot    hash {version, snapshot}
-- ARGV[1]  member  ARGV[2] name  ARGV[3] text  ARGV[4] now, ms
-- ARGV[5]  the sender's id for the message, or ''
-- ARGV[6]  messages kept          ARGV[7] how long a repetition counts as one, ms
-- ARGV[8]  seconds until an abandoned chat is forgotten
-- ARGV[9]  the member's role
-- ARGV[10] the version of the snapshot by which the member may speak, or '' for any
-- Returns  {outcome, stream id, text, at, name, role}: 1 added, 0 added before, -1 a repetition,
--          -2 not added, because there is a newer snapshot.
local sent = ARGV[5] ~= '' and redis.call('HGET', KEYS[2], ARGV[1] .. ' ' .. ARGV[5])
if sent then
  local entry = redis.call('XRANGE', KEYS[1], sent, sent)[1]
  local said = entry and entry[2]
  if said then
    return {0, sent, said[6], said[8], said[4], said[12] or ARGV[9]}
  end
  return {0, sent, ARGV[3], ARGV[4], ARGV[2], ARGV[9]}
end
local version = redis.call('HGET', KEYS[4], 'version')
if version and ARGV[10] ~= '' and tonumber(version) > tonumber(ARGV[10]) then
  return {-2, '', '', '', '', ''}
end
local last = redis.call('HGET', KEYS[3], ARGV[1])
if last then
  local at, text = string.match(last, '^(%S+) (.*)$')
  if text == ARGV[3] and tonumber(ARGV[4]) - tonumber(at) < tonumber(ARGV[7]) then
    return {-1, '', '', '', '', ''}
  end
end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[6], '*', 'member', ARGV[1],
  'name', ARGV[2], 'text', ARGV[3], 'at', ARGV[4], 'client_id', ARGV[5], 'role', ARGV[9])
for _, remembered in ipairs({KEYS[2], KEYS[3]}) do
  if redis.call('HLEN', remembered) >= 2 * tonumber(ARGV[6]) then
    redis.call('DEL', remembered)
  end
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[4] .. ' ' .. ARGV[3])
if ARGV[5] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[1] .. ' ' .. ARGV[5], id)
end
redis.call('EXPIRE', KEYS[1], ARGV[8])
redis.call('EXPIRE', KEYS[2], ARGV[8])
redis.call('PEXPIRE', KEYS[3], ARGV[7])
return {1, id, ARGV[3], ARGV[4], ARGV[2], ARGV[9]}
