-- Opens a live session, or renews it.
--
-- KEYS[1]  session:{sid}
-- ARGV     1 member  2 role  3 authority version  4 authenticated at (µs)  5 absolute end (µs)
--          6 newest generation seen  7 idle timeout (ms)
-- returns  nil: it is live; else the reason of its end
--
-- A tombstone refuses: this call may be older than the end that put it there. A higher authority version
-- stays: this call may be older than a change of role. Repeating it changes nothing.

local known = redis.call('hmget', KEYS[1], 'ended', 'member', 'role', 'authority', 'seen')
if known[1] then
    return known[1]
end

local role, authority, seen = ARGV[2], ARGV[3], ARGV[6]
if redis.call('exists', KEYS[1]) == 1 then
    local known_authority, known_seen = tonumber(known[4]), tonumber(known[5])
    if known[2] ~= ARGV[1] or not known[3] or not known_authority or not known_seen then
        return redis.error_reply('MALFORMED the record is not this session\'s')
    end
    if known_authority > tonumber(authority) then
        role, authority = known[3], known[4]
    end
    if known_seen > tonumber(seen) then
        seen = known[5]
    end
end

local clock = redis.call('time')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local left = math.min(tonumber(ARGV[7]), math.floor(ARGV[5] / 1000) - now)
if left <= 0 then
    return 'absolute'
end

redis.call(
    'hset', KEYS[1],
    'member', ARGV[1],
    'role', role,
    'authority', authority,
    'authenticated', ARGV[4],
    'absolute', ARGV[5],
    'seen', seen
)
redis.call('pexpire', KEYS[1], left)
return false
