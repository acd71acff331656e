import Synchronization
import Tensors
import Testing

/// Threads: every piece runs once, and a worker's memory is its own.
struct ThreadPoolTests {
    /// Counters that any thread may raise.
    private final class Counters: Sendable {
        let values: [Counter]

        init(_ count: Int) { values = (0..<count).map { _ in Counter() } }

        final class Counter: Sendable {
            let value = Atomic<Int>(0)

            /// - Returns: What the counter was before.
            @discardableResult
            func add(_ amount: Int) -> Int {
                value.wrappingAdd(amount, ordering: .acquiringAndReleasing).oldValue
            }
        }

        var all: [Int] { values.map { $0.value.load(ordering: .acquiring) } }
    }

    @Test(arguments: 1...8)
    func `every piece runs exactly once in many rounds`(threads: Int) {
        let pool = ThreadPool(threads: threads)
        #expect(pool.threads == threads)
        for round in 0..<300 {
            let count = [0, 1, 2, 3, threads, 17, 100][round % 7]
            let (runs, busy, clashes) = (Counters(count), Counters(threads), Counters(1))
            pool.parallelFor(count) { piece, worker in
                if busy.values[worker].add(1) != 0 { clashes.values[0].add(1) }
                runs.values[piece].add(1)
                busy.values[worker].add(-1)
            }
            // Back from the call, all is done: nothing runs on.
            #expect(runs.all == [Int](repeating: 1, count: count))
            #expect(busy.all.allSatisfy { $0 == 0 } && clashes.all == [0])
        }
    }

    /// Plain memory written by all threads is read without a lock after the call.
    @Test func `what threads wrote is seen afterwards`() {
        let pool = ThreadPool(threads: 4)
        let out = AlignedBuffer(count: 10_000)
        for round in 1...50 {
            pool.parallelFor(100) { piece, _ in
                for i in piece * 100..<(piece + 1) * 100 { out.pointer[i] = Float(i + round) }
            }
            #expect(out.copyValues(0..<10_000) == (0..<10_000).map { Float($0 + round) })
        }
    }

    @Test func `several threads share the work`() {
        let pool = ThreadPool(threads: 3)
        let workers = Counters(3)
        // All three must be inside at once for any to leave.
        pool.parallelFor(3) { _, worker in
            workers.values[worker].add(1)
            while workers.all.reduce(0, +) < 3 {}
        }
        #expect(workers.all == [1, 1, 1])
    }

    @Test func `pools come and go`() {
        for _ in 0..<100 {
            let pool = ThreadPool(threads: 4)
            let runs = Counters(4)
            pool.parallelFor(4) { piece, _ in runs.values[piece].add(1) }
            #expect(runs.all == [1, 1, 1, 1])
        }
        #expect(ThreadPool(threads: 0).threads == 1)
        #expect(ThreadPool.availableCores >= 1)
    }
}
