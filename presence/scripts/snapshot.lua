-- Reads who is present: everyone, or in a big room a sample and some by name.
-- KEYS[1]  room:{code}:since     sorted set person -> present since, ms
-- KEYS[2]  room:{code}:names     hash person -> display name
-- KEYS[3]  room:{code}:status    hash person -> what their player reports, JSON
-- KEYS[4]  room:{code}:presence  counter of changes
-- KEYS[5]  room:{code}:awaited   sorted set, by name: the leases whose player is waited for
-- ARGV[1]  how many at most, longest present first
-- ARGV[2+] people to include in any case if they are present
-- Returns  {revision, count, person, name, status or '', connections on which they are waited for,
--          a space before each, person, name, ...}
local people = redis.call('ZRANGE', KEYS[1], 0, tonumber(ARGV[1]) - 1)
local listed = {}
for _, person in ipairs(people) do
  listed[person] = true
end
for i = 2, #ARGV do
  if not listed[ARGV[i]] and redis.call('ZSCORE', KEYS[1], ARGV[i]) then
    people[#people + 1] = ARGV[i]
    listed[ARGV[i]] = true
  end
end
local answer = {redis.call('GET', KEYS[4]) or '0', redis.call('ZCARD', KEYS[1])}
for _, person in ipairs(people) do
  answer[#answer + 1] = person
  answer[#answer + 1] = redis.call('HGET', KEYS[2], person) or ''
  answer[#answer + 1] = redis.call('HGET', KEYS[3], person) or ''
  local awaited_on = ''
  -- In a lease a space follows the person, and '!' is the next character after a space.
  for _, lease in ipairs(redis.call('ZRANGEBYLEX', KEYS[5], '[' .. person .. ' ', '(' .. person .. '!')) do
    awaited_on = awaited_on .. string.match(lease, ' %S+$')
  end
  answer[#answer + 1] = awaited_on
end
return answer
