-- wrk's requests from a list, in its order, each thread from another place of it.
-- A line: METHOD TAB path TAB headers (name: value, separated by |) TAB body.
-- In a path FRESH stands for something that nobody has asked for yet.
local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  requests = {}
  fresh = 0
  run = args[2]
  for line in io.lines(args[1]) do
    local method, path, headers, body = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local fields = {}
    for name, value in headers:gmatch("([%w-]+): ([^|]+)") do fields[name] = value end
    local text = wrk.format(method, path, fields, body ~= "" and body or nil)
    requests[#requests + 1] = { text, text:find("FRESH", 1, true) ~= nil }
  end
  place = math.floor(#requests / 7) * number
end

function request()
  place = place % #requests + 1
  local chosen = requests[place]
  if not chosen[2] then return chosen[1] end
  fresh = fresh + 1
  return (chosen[1]:gsub("FRESH", run .. "-" .. number .. "-" .. fresh))
end

function done(summary, latency, counted)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d %d\n", summary.requests, summary.duration,
    summary.bytes, errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(99)))
end
