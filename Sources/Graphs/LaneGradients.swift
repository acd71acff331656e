import Tensors

/// The gradients of a batch's lanes, and their sum in a tree that depends on their number alone.
///
/// Few or small ones stand side by side until all are there, and all threads add them. Large ones are added as they come:
/// who finishes the second of two siblings adds the right one to the left one. Both are the same additions.
package final class LaneGradients: @unchecked Sendable {
    private let count: Int
    private let pieces: [Range<Int>]
    private let lanes: Int
    /// All lanes' buffers at once; nil where they are added as they come.
    private let all: AlignedBuffer?
    /// Buffers that no lane holds.
    private var free: [AlignedBuffer] = []
    /// By a subtree's first lane: its sum and how many lanes it may have, while its sibling is not there.
    private var waiting: [(sum: AlignedBuffer, width: Int)?]
    private var result: AlignedBuffer?
    private let lock = SpinLock()

    /// Floats beyond which lanes are added as they come: 64 MiB, or 16 where a thread has several lanes.
    ///
    /// Threads that have one each hold all of them at once in any case, and add them sooner together.
    private static func mostAtOnce(lanes: Int, threads: Int) -> Int { lanes >= 2 * threads ? 1 << 22 : 1 << 24 }

    /// - Parameter mostAtOnce: Floats beyond which lanes are added as they come; nil for the usual number.
    package init(_ plan: ExecutionPlan, lanes: Int, threads: Int, mostAtOnce: Int? = nil) {
        let mostAtOnce = mostAtOnce ?? LaneGradients.mostAtOnce(lanes: lanes, threads: threads)
        count = plan.gradientCount
        pieces = plan.gradientPieces
        self.lanes = lanes
        all = lanes * plan.gradientCount <= mostAtOnce ? AlignedBuffer(count: lanes * plan.gradientCount) : nil
        waiting = Array(repeating: nil, count: lanes)
    }

    /// Floats that are taken for so many lanes and threads.
    package static func floatCount(_ plan: ExecutionPlan, lanes: Int, threads: Int) -> Int {
        if lanes * plan.gradientCount <= mostAtOnce(lanes: lanes, threads: threads) {
            return lanes * plan.gradientCount
        }
        // One that each thread fills, and for each that is slow the sums on the other side of its way up the tree.
        var depth = 0
        while 1 << depth < lanes { depth += 1 }
        return min(lanes, threads + (threads - 1) * depth + 1) * plan.gradientCount
    }

    /// Where a lane that begins writes its gradient.
    package func take(_ lane: Int) -> Buffer {
        if let all { return Buffer(pointer: all.pointer + lane * count, owner: nil) }
        let own = lock.withLock { free.popLast() } ?? AlignedBuffer(count: count)
        return Buffer(pointer: own.pointer, owner: own)
    }

    /// A lane's own gradient.
    package struct Buffer {
        package let pointer: Floats
        fileprivate let owner: AlignedBuffer?
    }

    /// Takes back a buffer whose gradient nobody wants.
    package func drop(_ buffer: Buffer) {
        if let owner = buffer.owner { lock.withLock { free.append(owner) } }
    }

    /// Takes a lane's gradient in.
    /// - Parameter lanes: Of this batch.
    package func finish(_ lane: Int, _ buffer: Buffer, of lanes: Int) {
        guard var sum = buffer.owner else { return }
        var (first, width) = (lane, 1)
        while width < lanes {
            let isLeft = first % (2 * width) == 0
            let sibling = isLeft ? first + width : first - width
            if sibling < lanes {
                // Whoever comes second has both.
                guard let other = meet(sum, at: first, sibling: sibling, width: width) else { return }
                let (left, right) = isLeft ? (sum, other) : (other, sum)
                for piece in pieces {
                    Kernels.shared.add(
                        right.pointer + piece.lowerBound, to: left.pointer + piece.lowerBound, count: piece.count)
                }
                lock.withLock { free.append(right) }
                sum = left
            }
            first -= first % (2 * width)
            width *= 2
        }
        lock.withLock { result = sum }
    }

    /// The sibling's sum where it is there, whole; else this one waits for it.
    private func meet(_ sum: AlignedBuffer, at first: Int, sibling: Int, width: Int) -> AlignedBuffer? {
        lock.withLock {
            if let other = waiting[sibling], other.width == width {
                waiting[sibling] = nil
                return other.sum
            }
            waiting[first] = (sum, width)
            return nil
        }
    }

    /// The sum of all lanes of a batch, once all are finished; valid until the next batch begins.
    package func sum(of lanes: Int, on pool: ThreadPool) -> Floats {
        if let all {
            if lanes > 1 {
                pool.parallelFor(pieces.count) { i, _ in
                    Kernels.shared.sumLanes(all.pointer, stride: count, lanes: lanes, range: pieces[i])
                }
            }
            return all.pointer
        }
        let sum = result!
        result = nil
        free.append(sum)
        return sum.pointer
    }
}
