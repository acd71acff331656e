import Synchronization

/// Gives each event to every open stream, and keeps the last ones for streams that come back.
final class EventHub: Sendable {
    /// Events that are kept, and events that a stream may lag behind before it loses the oldest.
    static let historyLimit = 1024, queueLimit = 256

    private struct State {
        var next = 1
        var history: [(number: Int, text: String)] = []
        /// By name: what is so now, and is no news that anybody could miss.
        var standing: [String: String] = [:]
        var streams: [Int: AsyncStream<String>.Continuation] = [:]
        var nextStream = 0
        var isFinished = false
    }

    private let state = Mutex(State())
    /// Tells this server's numbers from those of one before it.
    private let origin: String

    init(origin: String) {
        self.origin = origin
    }

    func publish(_ name: String, _ json: [UInt8]) {
        state.withLock { state in
            let text = "id: \(origin)-\(state.next)\n" + Self.text(name, json)
            state.history.append((state.next, text))
            if state.history.count > Self.historyLimit { state.history.removeFirst() }
            state.next += 1
            for stream in state.streams.values { stream.yield(text) }
        }
    }

    /// Tells how something stands, now and to those who come later; nil where there is nothing to tell any more.
    func tell(_ name: String, _ json: [UInt8]?) {
        state.withLock { state in
            state.standing[name] = json.map { Self.text(name, $0) }
            guard let text = state.standing[name] else { return }
            for stream in state.streams.values { stream.yield(text) }
        }
    }

    /// An event as a stream has it.
    static func text(_ name: String, _ json: [UInt8]) -> String {
        "event: \(name)\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
    }

    /// Shows every stream that the server is there.
    func beat() {
        state.withLock { state in
            for stream in state.streams.values { stream.yield(":\n\n") }
        }
    }

    /// The events from now on, those after `last` before them.
    /// - Parameter last: The id of the last event that the client has seen; one of another server has seen nothing.
    func events(after last: String?) -> AsyncStream<String> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.queueLimit)) { stream in
            state.withLock { state in
                // Says at once that the stream is open; the browser waits so many milliseconds before it comes back.
                stream.yield("retry: 2000\n\n")
                if let last {
                    let parts = last.split(separator: "-")
                    let seen = parts.count == 2 && parts[0] == origin ? Int(parts[1]) ?? 0 : 0
                    for event in state.history where event.number > seen { stream.yield(event.text) }
                }
                for text in state.standing.values { stream.yield(text) }
                guard !state.isFinished else { return stream.finish() }
                let id = state.nextStream
                state.nextStream += 1
                state.streams[id] = stream
                stream.onTermination = { [weak self] _ in
                    self?.state.withLock { $0.streams[id] = nil }
                }
            }
        }
    }

    /// Ends all streams.
    func finish() {
        let streams = state.withLock { state in
            state.isFinished = true
            return Array(state.streams.values)
        }
        // Outside the lock, which the streams' ends take.
        for stream in streams { stream.finish() }
    }
}
