import Synchronization

/// What is told and asked of those who put questions.
package struct ServingHooks: Sendable {
    /// Told how many rows each batch has.
    package var onBatch: @Sendable (_ rows: Int) -> Void = { _ in }
    /// Whether nobody asks anything but who asks now.
    package var isAlone: @Sendable () -> Bool = { false }
    /// Told of a run of which more is known than was answered so far: the codes of its test images.
    package var onPrepared: @Sendable (RunSummary) -> Void = { _ in }

    package init() {}
}

/// Runs what many ask at the same time of one model as few batches.
///
/// A small question that comes alone is computed at once, on the thread that asks: another would have to wake first, and
/// then wake that one again, which takes as long as decoding a code. Those that come together are collected while the
/// compute thread is busy, and become one batch; one that is larger than a batch takes turns with the others. The bytes
/// of an answer do not depend on what it was computed with.
package final class MicroBatcher: Sendable {
    private let thread: ComputeThread
    /// Values of a row.
    private let inputWidth, outputWidth: Int
    private let compute: @Sendable (_ rows: [Float], _ count: Int) -> [Float]
    private let hooks: ServingHooks
    private let state = Mutex(State())

    /// Rows of a batch at the most: enough for full micro-batches, and over in a millisecond or two.
    package static let batchRows = 32
    /// Rows that are computed on the thread that asks, at the most.
    private static let rowsAtOnce = 4
    /// Rows that may wait.
    package static let waitingRows = 1 << 14

    /// - Parameters:
    ///   - thread: Computes; other batchers may use it too.
    ///   - compute: Takes rows [count, input width] to rows [count, output width], each for itself.
    package init(
        on thread: ComputeThread, inputWidth: Int, outputWidth: Int, hooks: ServingHooks = ServingHooks(),
        compute: @escaping @Sendable (_ rows: [Float], _ count: Int) -> [Float]
    ) {
        self.thread = thread
        self.inputWidth = inputWidth
        self.outputWidth = outputWidth
        self.compute = compute
        self.hooks = hooks
    }

    /// Computes rows in their turn.
    /// - Parameter rows: [count, input width].
    /// - Returns: [count, output width].
    /// - Throws: `ExplorationError` where too many rows wait, `CancellationError` where the task is cancelled before
    ///   its last rows are taken.
    package func run(_ rows: [Float]) async throws -> [Float] {
        try Task.checkCancellation()
        if rows.isEmpty { return [] }
        let count = rows.count / inputWidth
        if count <= Self.rowsAtOnce, hooks.isAlone(), begin() {
            defer { goOn() }
            hooks.onBatch(count)
            return compute(rows, count)
        }
        let request = Request(rows, count: count)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let refusal: (any Error)? = state.withLock { state in
                    if request.isCancelled { return CancellationError() }
                    guard state.rows + request.count <= Self.waitingRows else { return ComputeThread.overloaded }
                    if !state.isScheduled { state.isScheduled = thread.submit { self.runBatch() } }
                    guard state.isScheduled else { return ComputeThread.overloaded }
                    request.continuation = continuation
                    state.waiting.append(request)
                    state.rows += request.count
                    return nil
                }
                if let refusal { continuation.resume(throwing: refusal) }
            }
        } onCancel: {
            cancel(request)
        }
    }

    /// Takes the batcher for one computation, if it is free.
    private func begin() -> Bool {
        state.withLock { state in
            if state.isScheduled { return false }
            state.isScheduled = true
            return true
        }
    }

    /// Questions that wait, the one that is being computed left out.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func cancel(_ request: Request) {
        let isWaiting = state.withLock { state in
            request.isCancelled = true
            guard let place = state.waiting.firstIndex(where: { $0 === request }) else { return false }
            state.waiting.remove(at: place)
            state.rows -= request.count - request.taken
            return true
        }
        if isWaiting { request.continuation?.resume(throwing: CancellationError()) }
    }

    // MARK: - On the thread

    /// Computes one batch, and goes to the end of the thread's queue if more wait.
    private func runBatch() {
        let pieces = takePieces()
        if !pieces.isEmpty {
            let rows = pieces.reduce(0) { $0 + $1.rows.count }
            hooks.onBatch(rows)
            if pieces.count == 1, pieces[0].isWhole {
                pieces[0].request.continuation?.resume(returning: compute(pieces[0].request.rows, rows))
            } else {
                distribute(compute(pieces.flatMap { $0.values(inputWidth) }, rows), over: pieces)
            }
        }
        goOn(with: pieces.last.flatMap { $0.rows.upperBound < $0.request.count ? $0.request : nil })
    }

    /// Lets the thread come again if more wait.
    /// - Parameter left: A request of which not all is computed.
    private func goOn(with left: Request? = nil) {
        let refused: [(request: Request, error: any Error)] = state.withLock { state in
            var refused: [(request: Request, error: any Error)] = []
            if let left, left.isCancelled {
                state.rows -= left.count - left.taken
                refused = [(left, CancellationError())]
            } else if let left {
                // Behind those that came meanwhile, which need not wait for all of it.
                state.waiting.append(left)
            }
            state.isScheduled = !state.waiting.isEmpty && thread.submit { self.runBatch() }
            if !state.isScheduled {
                refused += state.waiting.map { ($0, ComputeThread.overloaded) }
                (state.waiting, state.rows) = ([], 0)
            }
            return refused
        }
        for (request, error) in refused { request.continuation?.resume(throwing: error) }
    }

    /// Rows for one batch, of those that have waited longest; of the last request perhaps not all.
    private func takePieces() -> [Piece] {
        state.withLock { state in
            var (pieces, room) = ([Piece](), Self.batchRows)
            while room > 0, !state.waiting.isEmpty {
                let request = state.waiting.removeFirst()
                let end = min(request.count, request.taken + room)
                pieces.append(Piece(request: request, rows: request.taken..<end))
                room -= end - request.taken
                state.rows -= end - request.taken
                request.taken = end
            }
            return pieces
        }
    }

    private func distribute(_ output: [Float], over pieces: [Piece]) {
        var start = 0
        for piece in pieces {
            let end = start + piece.rows.count * outputWidth
            piece.request.output += output[start..<end]
            start = end
            if piece.rows.upperBound == piece.request.count {
                piece.request.continuation?.resume(returning: piece.request.output)
            }
        }
    }

    // MARK: - What waits

    private struct State {
        /// Not yet taken, or not all of it; the one that is being computed is not among them.
        var waiting: [Request] = []
        /// Not yet taken.
        var rows = 0
        /// Whether something is computed, or the thread will come.
        var isScheduled = false
    }

    /// One question; its fields belong to the lock's holder, `output` to the thread.
    private final class Request: @unchecked Sendable {
        let rows: [Float]
        let count: Int
        var taken = 0
        var isCancelled = false
        var output: [Float] = []
        var continuation: CheckedContinuation<[Float], any Error>?

        init(_ rows: [Float], count: Int) {
            self.rows = rows
            self.count = count
        }
    }

    private struct Piece {
        let request: Request
        let rows: Range<Int>

        var isWhole: Bool { rows.count == request.count }

        func values(_ width: Int) -> ArraySlice<Float> {
            request.rows[rows.lowerBound * width..<rows.upperBound * width]
        }
    }
}
