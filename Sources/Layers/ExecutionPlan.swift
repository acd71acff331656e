import Tensors

/// What a plan is compiled for.
package struct PlanOptions: Hashable, Sendable {
    /// Images that run through the network together.
    package var microBatch: Int
    /// With a backward pass: gradients have memory.
    package var trains: Bool
    /// Uses the exact rewrites (pool before bias and ReLU; upsampling inside a transposed convolution).
    package var fuses: Bool
    /// Of the numbers that large layers multiply.
    package var precision: Precision

    package init(microBatch: Int, trains: Bool, fuses: Bool = true, precision: Precision = .f32) {
        self.microBatch = microBatch
        self.trains = trains
        self.fuses = fuses
        self.precision = precision
    }
}

/// Lays every buffer of a plan out, once.
package final class PlanBuilder {
    package let options: PlanOptions
    package let parameters: ParameterLayout
    package private(set) var operations: [any Operation] = []
    package private(set) var activations: [Activation] = []
    private var arenaCount = 0
    private var packedCount = 0
    private var gradientCount: Int
    private var folded: [Range<Int>] = []
    private var scratchCount = 0

    package init(_ options: PlanOptions, parameters: ParameterLayout) {
        self.options = options
        self.parameters = parameters
        gradientCount = PlanBuilder.aligned(parameters.count)
    }

    private static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// Floats in the arena that belong to one operation for the whole step; zero at first.
    package func allocate(_ count: Int) -> Int {
        defer { arenaCount += PlanBuilder.aligned(count + Kernels.panel) }
        return arenaCount
    }

    /// Floats that an operation may use while it runs; the same memory for all.
    package func allocateScratch(_ count: Int) {
        scratchCount = max(scratchCount, PlanBuilder.aligned(count + Kernels.panel))
    }

    package func allocatePacked(_ count: Int) -> Int {
        defer { packedCount += PlanBuilder.aligned(count) }
        return packedCount
    }

    /// Room in a lane's gradient beside that of the parameters, for a folded kernel; lanes then leave the kernel's
    /// own place alone.
    package func allocateGradient(_ count: Int, for kernel: Parameter) -> Int {
        defer { gradientCount += PlanBuilder.aligned(count) }
        folded.append(kernel.range)
        return gradientCount
    }

    /// A named output of the micro-batch.
    package func activation(_ name: String, _ shape: Shape, needsGradient: Bool = true) -> Activation {
        let count = options.microBatch * shape.count
        let activation = Activation(
            name: name, shape: shape, offset: allocate(count),
            gradient: options.trains && needsGradient ? allocate(count) : nil)
        activations.append(activation)
        return activation
    }

    package func parameter(_ name: String) -> Parameter {
        guard let parameter = parameters[name] else { fatalError("the model has no parameter \(name)") }
        return parameter
    }

    package func append(_ operation: any Operation) {
        operations.append(operation)
    }

    package func build() -> ExecutionPlan {
        ExecutionPlan(
            options: options, operations: operations, activations: activations, scratchOffset: arenaCount,
            arenaCount: arenaCount + scratchCount, packedCount: packedCount, gradientCount: gradientCount,
            gradientPieces: gradientPieces())
    }

    /// What lanes write of their gradients, in pieces that threads take.
    private func gradientPieces() -> [Range<Int>] {
        var (ranges, start) = ([Range<Int>](), 0)
        for gap in folded.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            ranges.append(start..<gap.lowerBound)
            start = gap.upperBound
        }
        let piece = 8192
        return (ranges + [start..<gradientCount]).flatMap { range in
            stride(from: range.lowerBound, to: range.upperBound, by: piece).map {
                $0..<min($0 + piece, range.upperBound)
            }
        }
    }
}

/// All threads of a pool at one image, each with scratch of its own.
package struct Team {
    fileprivate let pool: ThreadPool
    fileprivate let scratch: [Floats]

    /// - Parameter arenas: One a thread.
    package init(_ pool: ThreadPool, _ plan: ExecutionPlan, arenas: [AlignedBuffer]) {
        self.pool = pool
        scratch = arenas.map { $0.pointer + plan.scratchOffset }
    }
}

/// A network compiled for a micro-batch: operations in order, and how much memory a lane needs for them.
///
/// A lane runs the whole network on one micro-batch in its own arena, forward and backward, and keeps its own
/// gradient; nothing is allocated in a step.
package struct ExecutionPlan: Sendable {
    package let options: PlanOptions
    package let operations: [any Operation]
    package let activations: [Activation]
    fileprivate let scratchOffset: Int
    /// Floats of one lane's arena.
    package let arenaCount: Int
    /// Floats of the packed weights, which lanes share.
    package let packedCount: Int
    /// Floats of one lane's gradient: the parameters' layout first.
    package let gradientCount: Int
    /// The parts of it that lanes write.
    package let gradientPieces: [Range<Int>]

    /// Memory for a lane that runs `images` images.
    package func lane(
        arena: Floats, packed: UnsafePointer<Float>, parameters: UnsafePointer<Float>, gradients: Floats?, images: Int,
        addsGradients: Bool = false
    ) -> LaneMemory {
        LaneMemory(
            arena: arena, scratch: arena + scratchOffset, packed: packed, parameters: parameters,
            gradients: gradients ?? arena, images: images, addsGradients: addsGradients)
    }

    /// Brings all weights into the form that the blocks want; once a step.
    package func prepare(parameters: UnsafePointer<Float>, packed: Floats, on pool: ThreadPool) {
        pool.parallelFor(operations.count) { i, _ in operations[i].prepare(parameters: parameters, packed: packed) }
    }

    /// - Parameter team: Shares each operation's work where the lane has one image.
    package func forward(_ lane: LaneMemory, _ range: Range<Int>, by team: Team? = nil) {
        for i in range {
            let operation = operations[i]
            let parts = team.map { operation.parts(most: $0.pool.threads) } ?? 1
            if let team, parts > 1 {
                team.pool.parallelFor(parts) { part, worker in
                    operation.forward(lane.with(scratch: team.scratch[worker]), part: part, of: parts)
                }
            } else {
                operation.forward(lane)
            }
        }
    }

    package func backward(_ lane: LaneMemory, _ range: Range<Int>) {
        for i in range.reversed() { operations[i].backward(lane) }
    }

    /// The gradients of folded kernels go back to the parameters that they were made from; once a step.
    package func finish(gradients: Floats, on pool: ThreadPool) {
        pool.parallelFor(operations.count) { i, _ in operations[i].finish(gradients: gradients) }
    }

    /// Useful floating-point operations of a training step, an image.
    package var trainingOperations: Int {
        operations.reduce(0) { $0 + $1.operations.forward + $1.operations.input + $1.operations.weights }
    }

    package func activation(_ name: String) -> Activation? { activations.first { $0.name == name } }
}
