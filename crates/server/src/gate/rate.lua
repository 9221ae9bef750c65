-- The rule of `Cell::take` in rate.rs, once more, on one key of Redis. `now` stands above this, in
-- whole microseconds, which a double holds exactly until the year 2255.
local interval, tolerance, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local due = tonumber(redis.call('GET', KEYS[1]) or '') or now
due = math.min(math.max(due, now), now + most)
local following = due + interval
local early = following - now - tolerance
if early > 0 then
  return early
end
-- Once it is due it says no more than its absence does.
local kept_ms = math.ceil((following - now) / 1000)
redis.call('SET', KEYS[1], string.format('%.0f', following), 'PX', string.format('%.0f', kept_ms))
return 0
