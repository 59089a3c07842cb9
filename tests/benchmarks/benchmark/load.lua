-- One fixed request over and over; says at the end what came back.
-- Arguments: method, file of the body ("" for none), what is in every answer that is a
-- success ("" to go only by the status), then headers as name and value.

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function init(arguments)
   wrk.method = arguments[1]
   if arguments[2] ~= "" then
      wrk.body = assert(io.open(arguments[2], "rb")):read("*a")
   end
   for i = 4, #arguments, 2 do
      wrk.headers[arguments[i]] = arguments[i + 1]
   end
   failed = 0
   if arguments[3] ~= "" then
      response = function(_, _, body)
         if not body:find(arguments[3], 1, true) then
            failed = failed + 1
         end
      end
   end
end

function done(summary, latency, _)
   local errors = summary.errors
   local lost = errors.connect + errors.read + errors.write + errors.timeout
   local failures = errors.status
   for _, thread in ipairs(threads) do
      failures = failures + thread:get("failed")
   end
   io.stderr:write(string.format(
      '{"requests":%d,"bytes":%d,"microseconds":%d,"lost":%d,"failed":%d,"p50":%d,"p99":%d}',
      summary.requests, summary.bytes, summary.duration, lost, failures,
      latency:percentile(50), latency:percentile(99)
   ))
end
