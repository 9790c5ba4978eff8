// What runs inside Redis, in Lua: each script is one command, and nothing happens between its lines. Whatever is random comes
// from the caller. docs/redis.md explains why the log goes the way it goes. Every script may run twice and is then true twice.
import { createHash } from 'node:crypto';
import { ANNOUNCEMENT } from './announcement.ts';

/** A script, and the digest by which EVALSHA calls it. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

function script(...parts: readonly string[]): Script {
  const text = parts.join('');
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/**
 * Opens the log. ARGV: an epoch for a log that begins; milliseconds for which the log remembers how far it is; and what the
 * caller knows of it: epoch (empty when it knows nothing), offset and time of the newest event.
 *
 * A log whose newest offset is below what somebody has seen in the same epoch, or which has another event at that offset, has
 * gone backwards: Redis was failed over to a replica that lagged, or restored. It gets another epoch, in the same step in which
 * that is found, so that no offset means two events.
 *
 * The id of an entry is `<offset>-<time>`: it rises as the offset does, and says when without a field of its own.
 */
const OPEN = `
local log, meta, seen = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local state = redis.call('HMGET', meta, 'epoch', 'last', 'time')
local epoch, last, latest = state[1], tonumber(state[2] or 0), tonumber(state[3] or 0)
local LAST_TIME = '-18446744073709551615'

if not epoch then
  -- Never written, flushed, expired or evicted: what may be left of it is of nobody's epoch.
  epoch, last, latest = ARGV[1], 0, 0
  redis.call('DEL', log, seen)
  redis.call('HSET', meta, 'epoch', epoch, 'last', 0, 'time', 0)
elseif epoch == ARGV[3] then
  local known = tonumber(ARGV[4])
  local backwards = last < known
  if not backwards and known > 0 then
    local entry = redis.call('XRANGE', log, known .. '-0', known .. LAST_TIME)[1]
    backwards = entry ~= nil and entry[1] ~= known .. '-' .. ARGV[5]
  end
  if backwards then
    epoch = ARGV[1]
    redis.call('HSET', meta, 'epoch', epoch)
  end
end
redis.call('PEXPIRE', meta, ARGV[2])
`;

/** Forgets what is older than `ttl` milliseconds. Times rise with offsets, and there is no hole between them: halving finds it. */
const TRIM = `
local function parts(id)
  local offset, time = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(offset), tonumber(time)
end

-- The first offset that is kept; one behind the end when none is.
local function trim(ttl)
  local oldest = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
  if not oldest then return last + 1 end
  local low, time = parts(oldest[1])
  if time >= now - ttl then return low end
  local high = last + 1
  while high - low > 1 do
    local middle = math.floor((low + high) / 2)
    local entry = redis.call('XRANGE', log, middle .. '-0', '+', 'COUNT', 1)[1]
    local _, then_ = parts(entry[1])
    if then_ < now - ttl then low = middle else high = middle end
  end
  redis.call('XTRIM', log, 'MINID', '=', high .. '-0')
  return high
end
`;

/** How many places ARGV has for the opening of the log. */
export const OPENING_ARGUMENTS = 5;

/**
 * Appends one event, or finds the one that had the same key, and announces it.
 * ARGV: key, body, events kept, milliseconds kept, keys kept, PUBLISH or SPUBLISH, channel. Returns epoch, offset, time; the
 * time is 0 for one that was there.
 */
export const APPEND = script(
  OPEN,
  TRIM,
  `
local key, body, history, ttl, keys = ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10])
local before = redis.call('ZSCORE', seen, key)
if before then return {epoch, before, '0'} end

-- A clock that is set back must not make a later event older: trimming by age relies on it.
local offset, time = last + 1, math.max(now, latest)
redis.call('XADD', log, 'MAXLEN', '=', history, offset .. '-' .. time, 'e', body)
redis.call('HSET', meta, 'last', offset, 'time', time)
redis.call('ZADD', seen, offset, key)
redis.call('ZREMRANGEBYSCORE', seen, '-inf', offset - keys)
last = offset
trim(ttl)
redis.call('PEXPIRE', log, ttl)
redis.call('PEXPIRE', seen, ttl)
redis.call(ARGV[11], ARGV[12], '${ANNOUNCEMENT} ' .. epoch .. ' ' .. offset .. ' ' .. time .. '\\n' .. body)
return {epoch, tostring(offset), tostring(time)}
`,
);

/** Where the log ends. Returns epoch, offset and time of the newest event. */
export const END = script(OPEN, `return {epoch, tostring(last), tostring(latest)}\n`);

/**
 * Reads on. ARGV: epoch to read on from (empty: from the oldest), offset, how many, milliseconds kept. Returns epoch, newest
 * offset, its time, 1 for a gap or 0, then id and body of each event.
 */
export const READ = script(
  OPEN,
  TRIM,
  `
local since, from, limit, ttl = ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9])
local start = trim(ttl) - 1
local gap = since ~= '' and (since ~= epoch or from < start or from > last)
if since == '' or gap then from = start end
local page = {epoch, tostring(last), tostring(latest), gap and '1' or '0'}
if from < last then
  for _, entry in ipairs(redis.call('XRANGE', log, (from + 1) .. '-0', '+', 'COUNT', limit)) do
    page[#page + 1] = entry[1]
    page[#page + 1] = entry[2][2]
  end
end
return page
`,
);

/** What happens first with the members of a room: those of instances that have said nothing for too long are gone. */
const SWEEP = `
local alive, told, members = KEYS[1], KEYS[2], KEYS[3]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local BATCH = 500

local function nameOf(entry)
  return string.sub(entry, string.find(entry, ' ', 1, true) + 1)
end

-- On how many instances the member is left.
local function forget(entry)
  redis.call('ZREM', alive, entry)
  redis.call('HDEL', told, entry)
  local left = redis.call('HINCRBY', members, nameOf(entry), -1)
  if left <= 0 then redis.call('HDEL', members, nameOf(entry)) end
  return left
end

local function stay(entry, ttl)
  redis.call('ZADD', alive, now + ttl, entry)
  for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ttl * 2) end
end

repeat
  local late = redis.call('ZRANGEBYSCORE', alive, '-inf', now, 'LIMIT', 0, BATCH)
  for _, entry in ipairs(late) do forget(entry) end
until #late < BATCH
`;

/** A member is here. ARGV: instance and member, what is told of it, milliseconds. Returns 1 when it was on no instance before. */
export const ENTER = script(
  SWEEP,
  `
local entry, information, ttl = ARGV[1], ARGV[2], tonumber(ARGV[3])
local isNew = not redis.call('ZSCORE', alive, entry) and redis.call('HINCRBY', members, nameOf(entry), 1) == 1
redis.call('HSET', told, entry, information)
stay(entry, ttl)
return isNew and '1' or '0'
`,
);

/** A member is gone from here. ARGV: instance and member. Returns 1 when it is on no other instance. */
export const LEAVE = script(
  SWEEP,
  `return redis.call('ZSCORE', alive, ARGV[1]) and forget(ARGV[1]) <= 0 and '1' or '0'\n`,
);

/** Members are still here. ARGV: milliseconds, then instance and member of each. Returns those that Redis does not know. */
export const REFRESH = script(
  SWEEP,
  `
local unknown = {}
for index = 2, #ARGV do
  local entry = ARGV[index]
  if redis.call('ZSCORE', alive, entry) then stay(entry, tonumber(ARGV[1])) else unknown[#unknown + 1] = entry end
end
return unknown
`,
);

/** Who is here. ARGV: how many. Returns member and information of each, every member once. */
export const PRESENT = script(
  SWEEP,
  `
local limit, found, reply, start = tonumber(ARGV[1]), {}, {}, 0
while #reply < limit * 2 do
  local entries = redis.call('ZRANGE', alive, start, start + BATCH - 1)
  if #entries == 0 then break end
  for _, entry in ipairs(entries) do
    local member = nameOf(entry)
    if not found[member] and #reply < limit * 2 then
      found[member] = true
      reply[#reply + 1] = member
      reply[#reply + 1] = redis.call('HGET', told, entry) or 'null'
    end
  end
  start = start + BATCH
end
return reply
`,
);
