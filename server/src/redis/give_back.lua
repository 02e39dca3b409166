-- Gives one attempt back.
--
-- KEYS[1]  limit:{what}:{MAC of the subject}
-- ARGV     1 time for one more (µs)

local arrival = tonumber(redis.call('get', KEYS[1]))
if not arrival then
    return 0
end
local clock = redis.call('time')
local ahead = arrival - ARGV[1] - (clock[1] * 1000000 + clock[2])
if ahead > 0 then
    redis.call('set', KEYS[1], string.format('%.0f', arrival - ARGV[1]), 'px', math.ceil(ahead / 1000))
else
    redis.call('del', KEYS[1])
end
return 0
