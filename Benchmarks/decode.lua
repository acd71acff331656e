-- wrk's requests to /api/decode, and its results as one line of JSON.
wrk.method = "POST"
wrk.path = "/api/decode"
wrk.body = '{"z":[[0.31,-0.72]]}'
wrk.headers["Content-Type"] = "application/json"

function done(summary, latency, requests)
    local errors = summary.errors
    print(string.format(
        '{"requests_per_second":%.1f,"p50_ms":%.3f,"p99_ms":%.3f,"failures":%d}',
        summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
        errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
