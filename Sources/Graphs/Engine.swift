import Tensors

/// A plan with the memory to run it: arenas, packed weights, gradients and threads.
///
/// A batch is cut into lanes, a lane into micro-batches. Both are a pure function of graph and batch size,
/// lane gradients are added in a fixed tree, and a lane's arithmetic does not depend on the thread that runs it:
/// the same bytes come out of any number of threads. One caller at a time.
package final class Engine {
    package let plan: ExecutionPlan
    package let parameters: ParameterStore
    let pool: ThreadPool
    private let arenas: [AlignedBuffer]
    private let team: Team
    private let packed: AlignedBuffer
    let gradients: LaneGradients?
    /// Of the last batch.
    private var sum: Floats?
    let mostLanes: Int
    private let forwardBatch: Int

    /// Lanes that a batch is cut into: a pure function of the graph and the batch.
    package static func lanes(batch: Int, of plan: ExecutionPlan) -> Int {
        // Layers of one pixel fill a register tile with eight images; a small batch gives work to some threads too. More
        // lanes would cost more to add than they bring.
        let (full, small) = ((batch + 7) / 8, min((batch + 1) / 2, 4))
        // Where weights are many and an image's work is little, a lane's gradient would take longer to add than to find.
        let paid = Int64(batch) * plan.trainingOperations / (leastWork * Int64(max(plan.gradientCount, 1)))
        var most: Int64 = 2
        while 2 * most <= min(paid, Int64(Kernels.mostLanes)) { most *= 2 }
        return min(max(full, small), Int(most))
    }

    /// Floating-point operations of a lane for each of its gradient's values.
    private static let leastWork: Int64 = 768

    /// - Parameters:
    ///   - parameters: Of the graph's layout.
    ///   - batch: The largest training batch; nil for a plan that only runs forward.
    package init(_ sized: SizedPlan, parameters: ParameterStore, trainingBatch batch: Int?, threads: Int) {
        (plan, forwardBatch) = (sized.plan, sized.forwardBatch)
        self.parameters = parameters
        requireShape(parameters.layout == plan.parameters, "these parameters belong to another model")
        pool = ThreadPool(threads: threads)
        let plan = plan
        arenas = (0..<pool.threads).map { _ in AlignedBuffer(count: plan.arenaCount) }
        team = Team(pool, plan, arenas: arenas)
        packed = AlignedBuffer(count: plan.packedCount)
        mostLanes = batch.map { Engine.lanes(batch: $0, of: plan) } ?? 0
        gradients = batch == nil ? nil : LaneGradients(plan, lanes: mostLanes, threads: pool.threads)
        refresh()
    }

    /// Takes changed parameters in.
    package func refresh() {
        plan.prepare(parameters: parameters.pointer, packed: packed.pointer, arenas: arenas, on: pool)
    }

    package var threads: Int { pool.threads }

    /// Images that run through the graph together.
    package var microBatch: Int { plan.options.microBatch }

    /// Bytes of memory that an engine of a plan holds, without the parameters.
    /// - Parameter batch: The largest training batch; nil for a plan that only runs forward.
    package static func byteCount(of plan: ExecutionPlan, trainingBatch batch: Int?, threads: Int) -> Int {
        let gradients = batch.map {
            LaneGradients.floatCount(plan, lanes: lanes(batch: $0, of: plan), threads: threads)
        }
        return (threads * plan.arenaCount + plan.packedCount + (gradients ?? 0)) * MemoryLayout<Float>.stride
    }

    /// The gradient of the last `gradient` call, in the parameters' layout.
    package var gradient: UnsafePointer<Float> { UnsafePointer(sum!) }

    /// - Parameter gradients: The lane's own; nil for a pass without any.
    package func lane(
        _ worker: Int, images: Int, gradients: Floats? = nil, adds: Bool = false, samples: Bool = false
    ) -> Lane {
        plan.lane(
            arena: arenas[worker].pointer, packed: packed.pointer, parameters: parameters.pointer,
            gradients: gradients, images: images, addsGradients: adds, samples: samples)
    }
}

// MARK: - Training

/// A value whose mean over a batch is a part of the loss, and its weight there.
package struct WeighedValue {
    package let slot: Slot
    package let weight: Double

    package init(_ slot: Slot, weight: Double) {
        (self.slot, self.weight) = (slot, weight)
    }
}

extension Engine {
    /// The gradient of Σ weight · mean over the batch's images of each of some values; parameters stay as they are.
    /// - Parameters:
    ///   - pass: All that the values need.
    ///   - values: One number an image each.
    ///   - load: Brings the images from `first` of the batch, and their noise, into a lane.
    ///   - record: Called once they have run forward.
    package func gradient(
        of count: Int, _ pass: Pass, values: [WeighedValue], samples: Bool,
        load: (_ first: Int, _ lane: inout Lane) -> Void, record: (_ first: Int, _ lane: Lane) -> Void
    ) {
        let lanes = Engine.lanes(batch: count, of: plan)
        requireShape(lanes <= mostLanes, "a batch of \(count) images is larger than the engine was made for")
        pool.parallelFor(lanes) { lane, worker in
            let range = lane * count / lanes..<(lane + 1) * count / lanes
            let buffer = gradients!.take(lane)
            for first in stride(from: range.lowerBound, to: range.upperBound, by: microBatch) {
                let images = min(microBatch, range.upperBound - first)
                var memory = self.lane(
                    worker, images: images, gradients: buffer.pointer, adds: first != range.lowerBound,
                    samples: samples)
                load(first, &memory)
                plan.forward(memory, pass.steps)
                record(first, memory)
                for value in values {
                    value.slot.gradients(memory)!.update(
                        repeating: Float(value.weight / Double(count)), count: images * value.slot.count)
                }
                plan.backward(memory, pass.steps)
            }
            gradients!.finish(lane, buffer, of: lanes)
        }
        // Lane gradients become one, in a fixed tree, and those of kernels in other forms go back to their parameters.
        sum = gradients!.sum(of: lanes, on: pool)
        plan.collect(gradients: sum!, on: pool)
    }

    /// One Adam step with the last gradient.
    /// - Parameter step: t, from 1.
    package func update(_ adam: Adam, step: Int, settings: AdamSettings) {
        adam.update(parameters, gradients: gradient, step: step, settings: settings, on: pool)
        refresh()
    }
}

// MARK: - Forward only

/// Some steps of a plan, in order, and how a single image is run through them sooner.
package final class Pass {
    package let steps: [Int]
    fileprivate var pace = Pace()

    fileprivate init(_ steps: [Int]) { self.steps = steps }
}

extension Engine {
    /// All that some values need, where others are at hand.
    package func pass(to wanted: [Graph.Value], given: [Graph.Value] = []) -> Pass {
        Pass(plan.steps(to: wanted, given: given))
    }

    /// Runs images forward.
    ///
    /// Fewer images than threads are run one after the other, by all threads as a team where that is sooner.
    /// - Parameters:
    ///   - load: Brings the images from `first` on into a lane.
    ///   - store: Takes what they came to out of it.
    package func forward(
        _ count: Int, _ pass: Pass, samples: Bool = false, load: (_ first: Int, _ lane: Lane) -> Void,
        store: (_ first: Int, _ lane: Lane) -> Void
    ) {
        func run(_ first: Int, _ lane: Lane, _ team: Team?) {
            load(first, lane)
            plan.forward(lane, pass.steps, by: team)
            store(first, lane)
        }
        if count < threads {
            for image in 0..<count {
                let isTeam = pass.pace.prefersTeam
                let watch = Stopwatch()
                run(image, lane(0, images: 1, samples: samples), isTeam ? team : nil)
                pass.pace.record(watch.seconds, team: isTeam)
            }
            return
        }
        // An image's values do not depend on those beside it: a few images are spread over all threads.
        let images = min(forwardBatch, max(1, (count + threads - 1) / threads))
        pool.parallelFor((count + images - 1) / images) { piece, worker in
            let first = piece * images
            run(first, lane(worker, images: min(images, count - first), samples: samples), nil)
        }
    }
}
