import Synchronization

/// Counts of what the server does, in Prometheus's text form.
final class ServerMetrics: Sendable {
    /// The route of requests that no route took.
    static let noRoute = "none"

    private struct Key: Hashable {
        let route: String
        let status: Int
    }

    private struct Counts {
        var requests: [Key: Int] = [:]
        var latency: [String: Histogram] = [:]
        var batches = Histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
        var connections = 0
        var eventStreams = 0
    }

    private let counts = Mutex(Counts())
    private let asked = Atomic<Int>(0)

    /// Counts a connection; returns how many are open.
    func opened() -> Int {
        counts.withLock { counts in
            counts.connections += 1
            return counts.connections
        }
    }

    func closed() {
        counts.withLock { $0.connections -= 1 }
    }

    var connections: Int { counts.withLock { $0.connections } }

    /// Counts questions that came in, or, below zero, were answered or given up.
    func countQuestions(_ change: Int) {
        asked.add(change, ordering: .relaxed)
    }

    /// Questions that wait for their answer.
    var questions: Int { asked.load(ordering: .relaxed) }

    /// Counts an event stream, if there are fewer than `limit`.
    func openedEventStream(limit: Int) -> Bool {
        counts.withLock { counts in
            guard counts.eventStreams < limit else { return false }
            counts.eventStreams += 1
            return true
        }
    }

    func closedEventStream() {
        counts.withLock { $0.eventStreams -= 1 }
    }

    var eventStreams: Int { counts.withLock { $0.eventStreams } }

    /// Counts a request that was answered.
    /// - Parameters:
    ///   - route: The route's pattern, never the address: addresses are without number.
    ///   - seconds: From the request's head to its answer.
    func record(route: String, status: Int, seconds: Double) {
        counts.withLock { counts in
            counts.requests[Key(route: route, status: status), default: 0] += 1
            counts.latency[route, default: Histogram(bounds: Self.latencyBounds)].add(seconds)
        }
    }

    /// Counts a batch that the model ran at once.
    func recordBatch(of rows: Int) {
        counts.withLock { $0.batches.add(Double(rows)) }
    }

    private static let latencyBounds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5]

    /// Everything, as `GET /metrics` gives it.
    /// - Parameter answerBytes: Bytes of answers that wait for their readers.
    func text(answerBytes: Int) -> String {
        let counts = self.counts.withLock { $0 }
        var lines: [String] = []
        func describe(_ name: String, _ kind: String, _ help: String) {
            lines += ["# HELP \(name) \(help)", "# TYPE \(name) \(kind)"]
        }
        describe("vae_requests_total", "counter", "Requests answered, by route and status.")
        for (key, count) in counts.requests.sorted(by: { ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status) }
        ) {
            lines.append("vae_requests_total{route=\"\(key.route)\",status=\"\(key.status)\"} \(count)")
        }
        describe("vae_request_seconds", "histogram", "From a request's head to its answer, by route.")
        for (route, histogram) in counts.latency.sorted(by: { $0.key < $1.key }) {
            lines += histogram.lines("vae_request_seconds", labels: "route=\"\(route)\"")
        }
        describe("vae_batch_rows", "histogram", "Rows that the model ran at once.")
        lines += counts.batches.lines("vae_batch_rows", labels: "")
        describe("vae_connections", "gauge", "Connections that are open.")
        lines.append("vae_connections \(counts.connections)")
        describe("vae_event_streams", "gauge", "Event streams that are open.")
        lines.append("vae_event_streams \(counts.eventStreams)")
        describe("vae_answer_bytes", "gauge", "Bytes of answers that are kept for their readers.")
        lines.append("vae_answer_bytes \(answerBytes)")
        return lines.joined(separator: "\n") + "\n"
    }
}

/// How many values fall under each bound.
private struct Histogram {
    let bounds: [Double]
    private var counts: [Int]
    private var sum = 0.0
    private var count = 0

    init(bounds: [Double]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    mutating func add(_ value: Double) {
        if let place = bounds.firstIndex(where: { value <= $0 }) { counts[place] += 1 }
        sum += value
        count += 1
    }

    /// Cumulative, as Prometheus wants it.
    func lines(_ name: String, labels: String) -> [String] {
        let (prefix, braces) = labels.isEmpty ? ("", "") : (labels + ",", "{\(labels)}")
        var total = 0
        var lines: [String] = []
        for (bound, count) in zip(bounds, counts) {
            total += count
            lines.append("\(name)_bucket{\(prefix)le=\"\(bound)\"} \(total)")
        }
        lines.append("\(name)_bucket{\(prefix)le=\"+Inf\"} \(count)")
        return lines + ["\(name)_sum\(braces) \(sum)", "\(name)_count\(braces) \(count)"]
    }
}
