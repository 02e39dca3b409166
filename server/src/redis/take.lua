-- Counts one attempt of a subject (GCRA), or returns the time to wait.
--
-- KEYS[1]  limit:{what}:{MAC of the subject}
-- ARGV     1 time for one more (µs)  2 how far ahead of now the arrival time may get, for the burst (µs)
-- returns  0: taken; else the time after which one more may be (µs)
--
-- The value is the theoretical arrival time, in µs since 1970 by this store's clock, until it has passed.

local clock = redis.call('time')
local now = clock[1] * 1000000 + clock[2]
local arrival = tonumber(redis.call('get', KEYS[1])) or now
local ahead = math.max(arrival - now, 0) + ARGV[1]

local wait = ahead - ARGV[2]
if wait > 0 then
    return wait
end
redis.call('set', KEYS[1], string.format('%.0f', now + ahead), 'px', math.ceil(ahead / 1000))
return 0
