import Tensors

/// How long one operation takes in each direction, all threads at it at once.
package struct OperationTime: Sendable {
    /// The layer's name, with its network's.
    package let name: String
    /// Useful floating-point operations an image.
    package let forwardOperations, backwardOperations: Int
    /// Seconds an image; with two threads, half of what one image takes.
    package let forwardSeconds, backwardSeconds: Double
}

extension Engine {
    /// Times each operation alone, on what the last micro-batches left in the lanes.
    ///
    /// For an engine that trains; its last gradient is overwritten.
    /// - Parameters:
    ///   - windows: Turns of each operation and direction; medians are kept.
    ///   - seconds: Of one turn.
    package func timeOperations(windows: Int, seconds: Double) -> [OperationTime] {
        let workers = min(threads, mostLanes)
        let own = (0..<workers).map { gradients!.take($0) }
        defer { for buffer in own { gradients!.drop(buffer) } }
        func time(_ body: @escaping (Lane) -> Void) -> Double {
            let turns = (0..<windows).map { _ in
                measure(workers: workers, seconds: seconds) { worker, lane in
                    body(self.lane(worker, images: self.microBatch, gradients: own[lane].pointer, adds: true))
                }
            }
            return turns.sorted()[windows / 2] / Double(microBatch * workers)
        }
        return plan.steps.enumerated().map { i, step in
            let alone = [i]
            return OperationTime(
                name: step.layers.joined(separator: " + "), forwardOperations: step.work.forward,
                backwardOperations: step.work.inputs + step.work.weights,
                forwardSeconds: time { self.plan.forward($0, alone) },
                backwardSeconds: time { self.plan.backward($0, alone) })
        }
    }

    /// Seconds of one call when `workers` threads, of perhaps more, make such calls side by side.
    private func measure(
        workers: Int, seconds: Double, _ body: @escaping (_ worker: Int, _ lane: Int) -> Void
    ) -> Double {
        var calls = 1
        while true {
            let watch = Stopwatch()
            pool.parallelFor(workers) { lane, worker in
                for _ in 0..<calls { body(worker, lane) }
            }
            let taken = watch.seconds
            if taken >= seconds { return taken / Double(calls) }
            calls = max(calls + 1, min(calls * 16, Int(Double(calls) * seconds * 1.1 / max(taken, 1e-9))))
        }
    }
}
