-- Returns whether a session is valid right now. Run by every authenticated request.
--
-- KEYS[1]  session:{sid}
-- ARGV     1 generation of the access token (0: none)  2 idle timeout (ms)  3 how much of it may be used up
--          before it is extended (ms)
-- returns  nil: there is no record; {'ended', reason}; or {'live', ms left, 'extended' or 'kept', member, role,
--          authority version, authenticated at (µs), absolute end (µs), newest generation seen}
--
-- Never makes a record: one that is gone stays gone until the row has been read.

local known = redis.call(
    'hmget', KEYS[1], 'ended', 'member', 'role', 'authority', 'authenticated', 'absolute', 'seen'
)
if known[1] then
    return {'ended', known[1]}
end

local left = redis.call('pttl', KEYS[1])
if left == -2 then
    return false
end
local absolute, seen = tonumber(known[6]), tonumber(known[7])
if left < 0 or not absolute or not seen or seen < 0 then
    return redis.error_reply('MALFORMED the record is not a live session\'s')
end

-- The TTL is moved and the record left as it is: a store that is full refuses writes, but not this.
local idle, window = tonumber(ARGV[2]), 'kept'
if idle - left > tonumber(ARGV[3]) then
    local clock = redis.call('time')
    local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
    local extended = math.min(idle, math.floor(absolute / 1000) - now)
    if extended > left then
        redis.call('pexpire', KEYS[1], extended)
        left, window = extended, 'extended'
    end
end

-- A store that is full may refuse to note the generation: it then counts as unseen, which harms nobody.
if tonumber(ARGV[1]) > seen then
    redis.pcall('hset', KEYS[1], 'seen', ARGV[1])
    known[7] = ARGV[1]
end

return {'live', left, window, known[2], known[3], known[4], known[5], known[6], known[7]}
