import Synchronization

/// Bytes of answers that are kept for their readers, over all connections.
///
/// A reader that takes its time keeps its answer in memory: without a bound, a few hundred of them take all there is.
final class AnswerMemory: Sendable {
    private let limit: Int
    private let held = Mutex(0)

    init(limit: Int) {
        self.limit = limit
    }

    /// A part of the memory, until it is let go.
    final class Hold: Sendable {
        private let memory: AnswerMemory
        private let count: Int

        fileprivate init(_ memory: AnswerMemory, _ count: Int) {
            self.memory = memory
            self.count = count
        }

        deinit { memory.held.withLock { $0 -= count } }
    }

    var heldBytes: Int { held.withLock { $0 } }

    /// Takes a part; an answer that is larger than all of it is kept alone.
    /// - Throws: `APIError` where others hold too much.
    func hold(_ count: Int) throws(APIError) -> Hold {
        let isTaken = held.withLock { held in
            guard held == 0 || held + count <= limit else { return false }
            held += count
            return true
        }
        guard isTaken else {
            throw APIError(
                .serviceUnavailable, "too many answers wait to be read; try again later", headers: [.retryAfter: "1"])
        }
        return Hold(self, count)
    }
}
