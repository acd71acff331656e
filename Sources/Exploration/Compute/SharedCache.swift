import Synchronization

/// Values that are made once, however many ask for them at the same time, and forgotten when they have not been asked
/// for in a long time and memory is short.
package final class SharedCache<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private let limit: Int
    private let cost: @Sendable (Value) -> Int
    private let state = Mutex(State())

    private struct State {
        var entries: [Key: Entry] = [:]
        var clock = 0

        mutating func use(_ key: Key) -> Entry? {
            clock += 1
            entries[key]?.lastUse = clock
            return entries[key]
        }
    }

    private struct Entry {
        let task: Task<Value, any Error>
        /// Once it is made.
        var value: Value?
        var lastUse: Int
    }

    /// - Parameters:
    ///   - limit: What all values may cost together; the one that was asked for last stays whatever it costs.
    ///   - cost: Of a value, in bytes; it may grow.
    package init(limit: Int = .max, cost: @escaping @Sendable (Value) -> Int = { _ in 0 }) {
        self.limit = limit
        self.cost = cost
    }

    /// The value, if it is made already.
    package func value(madeFor key: Key) -> Value? {
        state.withLock { $0.use(key)?.value }
    }

    /// The value; made now if need be, and made again next time if that fails.
    package func value(
        for key: Key, _ make: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let entry = state.withLock { state in
            if let entry = state.use(key) { return entry }
            let entry = Entry(task: Task { try await make() }, value: nil, lastUse: state.clock)
            state.entries[key] = entry
            return entry
        }
        if let value = entry.value { return value }
        do {
            let value = try await entry.task.value
            state.withLock { state in
                guard state.entries[key]?.task == entry.task else { return }
                state.entries[key]?.value = value
                evict(&state, keeping: key)
            }
            return value
        } catch {
            state.withLock { if $0.entries[key]?.task == entry.task { $0.entries[key] = nil } }
            throw error
        }
    }

    /// All that are made already.
    var values: [Value] { state.withLock { $0.entries.values.compactMap(\.value) } }

    /// Forgets values, those under way among them, whose keys are no longer asked for.
    package func removeAll(where isUnwanted: (Key) -> Bool) {
        state.withLock { state in
            for key in state.entries.keys where isUnwanted(key) { state.entries[key] = nil }
        }
    }

    private func evict(_ state: inout State, keeping kept: Key) {
        let made = state.entries.compactMap { key, entry in
            entry.value.map { (key: key, cost: cost($0), lastUse: entry.lastUse) }
        }
        var total = made.reduce(0) { $0 + $1.cost }
        for entry in made.sorted(by: { $0.lastUse < $1.lastUse }) where entry.key != kept {
            if total <= limit { return }
            state.entries[entry.key] = nil
            total -= entry.cost
        }
    }
}
