import Tensors

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

/// A graph compiled for a micro-batch: steps in order, and how much memory a lane needs for them.
///
/// A lane runs the whole graph on one micro-batch in its own arena, forward and backward, and keeps its own
/// gradient; nothing is allocated in a step.
package struct ExecutionPlan: Sendable {
    package let options: PlanOptions
    package let steps: [any Step]
    /// Values from outside.
    package let inputs: [Slot]
    /// What each step makes, there until others take its place.
    package let outputs: [Slot]
    /// The steps that make a layer's own output, not a value inside one.
    package let listed: [Int]
    /// What values and gradients share, from the arena's beginning; `PassTimes` of its steps are the times.
    package let shared: SharedPlaces
    /// Where each value of the graph stands; nil where it is never in memory.
    private let places: [Slot?]
    /// The step that makes each value; nil for values from outside.
    private let makers: [Int?]
    /// The steps whose outputs each step reads.
    private let sources: [[Int]]
    /// The order of all parameters.
    package let parameters: ParameterLayout
    fileprivate let scratchOffset: Int
    /// Where a step packs its weights with the help of some scratch.
    private let packScratchOffset: Int
    /// Floats of one lane's arena.
    package let arenaCount: Int
    /// Floats of the packed weights, which lanes share.
    package let packedCount: Int
    /// Floats of one lane's gradient: the parameters' layout first.
    package let gradientCount: Int
    /// The parts of it that lanes write.
    package let gradientPieces: [Range<Int>]
    /// What was chosen, a line a step.
    package let description: String

    init(
        _ memory: MemoryPlan, steps: [any Step], inputs: [Slot], outputs: [Slot], listed: [Int], places: [Slot?],
        makers: [Int?], sources: [[Int]], description: String
    ) {
        (options, parameters) = (memory.options, memory.parameters)
        self.sources = sources
        self.steps = steps
        (self.inputs, self.outputs, self.listed) = (inputs, outputs, listed)
        self.places = places
        self.makers = makers
        shared = memory.shared
        scratchOffset = memory.arenaCount
        let packsInScratch = memory.packScratchCount > shared.count
        packScratchOffset = packsInScratch ? scratchOffset : 0
        arenaCount =
            memory.arenaCount + max(memory.scratchCount, packsInScratch ? memory.packScratchCount : 0)
        packedCount = memory.packedCount
        gradientCount = memory.gradientCount
        gradientPieces = memory.gradientPieces
        self.description = description
    }

    /// The names of what `outputs(of:_:)` gives, in the order of a pass.
    package var names: [String] { inputs.map { $0.name } + listed.map { outputs[$0].name } }

    /// Where a value that is in memory stands: an input, an output, or what a step made.
    package func slot(_ value: Graph.Value) -> Slot {
        guard let slot = places[value.id] else { fatalError("value \(value.id) is never in memory") }
        return slot
    }

    /// The steps that some values need where others are at hand, in order: encoding and decoding are such parts.
    package func steps(to wanted: [Graph.Value], given: [Graph.Value]) -> [Int] {
        var isSettled = [Bool](repeating: false, count: steps.count)
        for value in given { if let maker = makers[value.id] { isSettled[maker] = true } }
        var (needed, waiting) = ([Int](), wanted.compactMap { makers[$0.id] })
        while let step = waiting.popLast() {
            if isSettled[step] { continue }
            isSettled[step] = true
            needed.append(step)
            waiting += sources[step]
        }
        return needed.sorted()
    }

    /// Memory for a lane that runs `images` images.
    package func lane(
        arena: Floats, packed: UnsafePointer<Float>, parameters: UnsafePointer<Float>, gradients: Floats?, images: Int,
        addsGradients: Bool = false, samples: Bool = true
    ) -> Lane {
        Lane(
            arena: arena, scratch: arena + scratchOffset, packed: packed, parameters: parameters,
            gradients: gradients ?? arena, images: images, addsGradients: addsGradients, samples: samples)
    }

    /// Brings all weights into the form that the blocks want; once a step.
    /// - Parameter arenas: One a thread; what values and gradients share in them is overwritten.
    package func prepare(
        parameters: UnsafePointer<Float>, packed: Floats, arenas: [AlignedBuffer], on pool: ThreadPool
    ) {
        pool.parallelFor(steps.count) { i, worker in
            steps[i].prepare(
                parameters: parameters, packed: packed, scratch: arenas[worker].pointer + packScratchOffset)
        }
    }

    /// Runs some steps, which stand in order.
    /// - Parameter team: Shares each step's work where the lane has one image.
    package func forward(_ lane: Lane, _ some: [Int], by team: Team? = nil) {
        for i in some {
            guard let team, let partial = steps[i].parts else {
                steps[i].forward(lane)
                continue
            }
            let parts = partial.count(most: team.pool.threads)
            guard parts > 1 else {
                steps[i].forward(lane)
                continue
            }
            team.pool.parallelFor(parts) { part, worker in
                partial.forward(lane.with(scratch: team.scratch[worker]), part: part, of: parts)
            }
        }
    }

    /// Values from outside and what layers make by their names, each taken before others have its place; runs the steps.
    package func outputs(of lane: Lane, _ some: [Int]) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        func keep(_ slot: Slot) {
            let values = Array(UnsafeBufferPointer(start: slot.values(lane), count: lane.images * slot.count))
            tensors[slot.name] = Tensor(Shape([lane.images] + slot.shape.dimensions), values)
        }
        for input in inputs { keep(input) }
        let listed = Set(listed)
        for step in some {
            steps[step].forward(lane)
            if listed.contains(step) { keep(outputs[step]) }
        }
        return tensors
    }

    /// Runs some steps, which stand in order, from the last to the first.
    package func backward(_ lane: Lane, _ some: [Int]) {
        for i in some.reversed() { steps[i].backward(lane) }
    }

    /// The gradients of kernels in other forms go back to the parameters that they were made from; once a step.
    package func collect(gradients: Floats, on pool: ThreadPool) {
        pool.parallelFor(steps.count) { i, _ in steps[i].collect(gradients: gradients) }
    }

    /// Useful floating-point operations of a training step, an image.
    package var trainingOperations: Int64 { steps.reduce(0) { $0 + Int64($1.work.all) } }
}
