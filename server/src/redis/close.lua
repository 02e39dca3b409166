-- Puts a tombstone in a session's place.
--
-- KEYS[1]  session:{sid}
-- ARGV     1 why it has ended  2 how long the tombstone stands (ms)
--
-- Whatever was there goes first: if a full store then refuses the tombstone, the session is not live all
-- the same, and the caller gets an error.

redis.call('del', KEYS[1])
redis.call('hset', KEYS[1], 'ended', ARGV[1])
redis.call('pexpire', KEYS[1], ARGV[2])
return true
