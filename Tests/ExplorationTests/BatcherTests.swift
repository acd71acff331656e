import Exploration
import Synchronization
import Testing

/// What becomes a batch, who waits for whom, and what happens to those who do not want to wait.
@Suite struct BatcherTests {
    /// Each row's two values become one: their sum.
    private final class Counter: Sendable {
        let batches = Mutex<[Int]>([])
        /// The first value of each row of each batch.
        let contents = Mutex<[[Float]]>([])
        let thread = ComputeThread(limit: 4)
        let gate = Gate()

        func batcher(waitsFirst: Bool = false, isAlone: Bool = false) -> MicroBatcher {
            var hooks = ServingHooks()
            hooks.onBatch = { rows in self.batches.withLock { $0.append(rows) } }
            hooks.isAlone = { isAlone }
            return MicroBatcher(on: thread, inputWidth: 2, outputWidth: 1, hooks: hooks) { rows, count in
                if waitsFirst { self.gate.wait() }
                self.contents.withLock { $0.append((0..<count).map { rows[2 * $0] }) }
                return (0..<count).map { rows[2 * $0] + rows[2 * $0 + 1] }
            }
        }
    }

    private static func rows(_ count: Int, from first: Int = 0) -> [Float] {
        (first..<first + count).flatMap { [Float($0), 1] }
    }

    private static func sums(_ count: Int, from first: Int = 0) -> [Float] {
        (first..<first + count).map { Float($0 + 1) }
    }

    private static func expectSums(_ count: Int, from first: Int = 0, by batcher: MicroBatcher) async throws {
        let found = try await batcher.run(rows(count, from: first))
        #expect(found == sums(count, from: first))
    }

    @Test func whoComesAloneIsComputedAlone() async throws {
        let counter = Counter()
        let batcher = counter.batcher()
        for count in [1, 7, 32] {
            #expect(try await batcher.run(Self.rows(count)) == Self.sums(count))
        }
        #expect(try await batcher.run([]) == [])
        #expect(counter.batches.withLock { $0 } == [1, 7, 32])
    }

    @Test func whoIsAloneDoesNotWaitForTheThread() async throws {
        let counter = Counter()
        async let held: Void = counter.thread.run { counter.gate.wait() }
        await counter.gate.untilSomebodyWaits()
        let batcher = counter.batcher(isAlone: true)
        try await Self.expectSums(4, by: batcher)
        // More than a few rows are the thread's.
        async let many: Void = Self.expectSums(5, by: batcher)
        while batcher.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(counter.batches.withLock { $0 } == [4])
        counter.gate.open()
        _ = try await (held, many)
        #expect(counter.batches.withLock { $0 } == [4, 5])
    }

    @Test func whoComesWhileOneComputesForItselfIsComputedAfterwards() async throws {
        let counter = Counter()
        let batcher = counter.batcher(waitsFirst: true, isAlone: true)
        async let first: Void = Self.expectSums(1, by: batcher)
        await counter.gate.untilSomebodyWaits()
        async let second: Void = Self.expectSums(2, from: 7, by: batcher)
        while batcher.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        counter.gate.open()
        _ = try await (first, second)
        #expect(counter.batches.withLock { $0 } == [1, 2])
    }

    @Test func whoComesMeanwhileBecomesOneBatch() async throws {
        let counter = Counter()
        let batcher = counter.batcher(waitsFirst: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.expectSums(1, by: batcher) }
            await counter.gate.untilSomebodyWaits()
            for first in 1...10 {
                group.addTask { try await Self.expectSums(2, from: first, by: batcher) }
            }
            while batcher.waitingCount < 10 { try await Task.sleep(for: .milliseconds(1)) }
            counter.gate.open()
            try await group.waitForAll()
        }
        #expect(counter.batches.withLock { $0 } == [1, 20])
    }

    @Test func aLargeOneLetsOthersPass() async throws {
        let counter = Counter()
        let batcher = counter.batcher(waitsFirst: true)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await Self.expectSums(100, by: batcher) }
            await counter.gate.untilSomebodyWaits()
            group.addTask { try await Self.expectSums(1, from: 500, by: batcher) }
            while batcher.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
            counter.gate.open()
            try await group.waitForAll()
        }
        let order = counter.contents.withLock { $0.joined().map { $0 } }
        let (small, last) = (try #require(order.firstIndex(of: 500)), try #require(order.firstIndex(of: 99)))
        #expect(small < last)
        #expect(counter.batches.withLock { $0 } == [32, 32, 32, 5])
    }

    @Test func whoIsCancelledWhileWaitingGoesAndTheOthersStay() async throws {
        let counter = Counter()
        let batcher = counter.batcher(waitsFirst: true)
        let large = Task { try await batcher.run(Self.rows(100)) }
        await counter.gate.untilSomebodyWaits()
        let gone = Task { try await batcher.run(Self.rows(3)) }
        let stays = Task { try await batcher.run(Self.rows(4, from: 9)) }
        while batcher.waitingCount < 2 { try await Task.sleep(for: .milliseconds(1)) }
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        // The one that is computed right now goes when its piece is done.
        large.cancel()
        counter.gate.open()
        await #expect(throws: CancellationError.self) { try await large.value }
        #expect(try await stays.value == Self.sums(4, from: 9))
        #expect(counter.batches.withLock { $0 } == [32, 4])
        // Nothing is left that would count against others.
        #expect(try await batcher.run(Self.rows(MicroBatcher.waitingRows)).count == MicroBatcher.waitingRows)
    }

    @Test func tooManyRowsAreRefused() async throws {
        let counter = Counter()
        let batcher = counter.batcher(waitsFirst: true)
        let first = Task { try await batcher.run(Self.rows(1)) }
        await counter.gate.untilSomebodyWaits()
        let full = Task { try await batcher.run(Self.rows(MicroBatcher.waitingRows)) }
        while batcher.waitingCount < 1 { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: ExplorationError.self) { try await batcher.run(Self.rows(1)) }
        #expect(error?.kind == .overloaded)
        counter.gate.open()
        #expect(try await first.value == Self.sums(1))
        #expect(try await full.value == Self.sums(MicroBatcher.waitingRows))
    }

    // MARK: The thread

    @Test func aThreadRefusesWhatIsTooMuch() async throws {
        let (thread, gate) = (ComputeThread(limit: 2), Gate())
        let first = Task { try await thread.run { gate.wait() } }
        await gate.untilSomebodyWaits()
        try await withThrowingTaskGroup(of: Result<Int, any Error>.self) { group in
            for number in 0..<3 {
                group.addTask {
                    do {
                        return .success(try await thread.run { number })
                    } catch {
                        return .failure(error)
                    }
                }
            }
            // Two wait, and one, whichever, is refused at once.
            let refused = try #require(try await group.next())
            let error = #expect(throws: ExplorationError.self) { try refused.get() }
            #expect(error?.kind == .overloaded)
            gate.open()
            for try await result in group { #expect((0..<3).contains(try result.get())) }
        }
        try await first.value
    }

    @Test func aCancelledJobIsNotDone() async throws {
        let (thread, gate) = (ComputeThread(), Gate())
        let isDone = Mutex(false)
        let first = Task { try await thread.run { gate.wait() } }
        await gate.untilSomebodyWaits()
        let second = Task { try await thread.run { isDone.withLock { $0 = true } } }
        second.cancel()
        gate.open()
        try await first.value
        await #expect(throws: CancellationError.self) { try await second.value }
        #expect(!isDone.withLock { $0 })
    }

    @Test func jobsKeepTheirOrder() async throws {
        let thread = ComputeThread()
        let order = Mutex<[Int]>([])
        for number in 0..<100 { try await thread.run { order.withLock { $0.append(number) } } }
        #expect(order.withLock { $0 } == Array(0..<100))
    }
}
