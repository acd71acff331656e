import Synchronization

/// Gives each event to every open stream, and keeps the last ones for streams that come back.
final class EventHub: Sendable {
    /// Events that are kept, and events that a stream may lag behind before it loses the oldest.
    static let historyLimit = 1024, queueLimit = 256

    private struct State {
        var next = 1
        var history: [(number: Int, text: String)] = []
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
            let text = "id: \(origin)-\(state.next)\nevent: \(name)\ndata: \(String(decoding: json, as: UTF8.self))\n\n"
            state.history.append((state.next, text))
            if state.history.count > Self.historyLimit { state.history.removeFirst() }
            state.next += 1
            for stream in state.streams.values { stream.yield(text) }
        }
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
