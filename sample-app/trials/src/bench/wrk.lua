-- Prints what wrk has measured as one line of JSON. Times are in microseconds.
done = function(summary, latency, requests)
	local errors = summary.errors
	io.write(string.format(
		'{"requests":%d,"micros":%d,"bytes":%d,"failed":%d,"p50":%d,"p90":%d,"p99":%d,"p999":%d}\n',
		summary.requests, summary.duration, summary.bytes,
		errors.connect + errors.read + errors.write + errors.status + errors.timeout,
		latency:percentile(50), latency:percentile(90), latency:percentile(99), latency:percentile(99.9)))
end
