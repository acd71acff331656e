import Tensors

/// What a plan is compiled for.
package struct PlanOptions: Hashable, Sendable {
    /// Images that run through the graph together.
    package var microBatch: Int
    /// With a backward pass: gradients have memory.
    package var trains: Bool
    /// Uses patterns of several nodes and Winograd's forms; otherwise each node runs as it is written.
    package var fuses: Bool
    /// Of the numbers that large layers multiply.
    package var precision: Precision
    /// Values and gradients that are not needed at the same time share memory.
    ///
    /// Off for tests, which hold plans to others in which each has a place of its own.
    package var shares: Bool

    package init(microBatch: Int, trains: Bool, fuses: Bool = true, precision: Precision = .f32, shares: Bool = true) {
        self.microBatch = microBatch
        self.trains = trains
        self.fuses = fuses
        self.precision = precision
        self.shares = shares
    }

    /// Passes over a node's weights: forward, to the inputs, to the weights.
    package var passes: Int { trains ? 3 : 1 }
}

/// Lays every buffer of a plan out, once.
package final class MemoryPlan {
    package let options: PlanOptions
    package let parameters: ParameterLayout
    /// What values and gradients share, from the arena's beginning.
    private(set) var shared = SharedPlaces([])
    private(set) var arenaCount = 0
    private(set) var packedCount = 0
    private(set) var gradientCount: Int
    private(set) var scratchCount = 0
    /// Floats that packing a step's weights needs while it runs.
    private(set) var packScratchCount = 0
    private var replaced: [Range<Int>] = []
    private var dropouts = 0

    init(_ options: PlanOptions, parameters: ParameterLayout) {
        self.options = options
        self.parameters = parameters
        gradientCount = MemoryPlan.aligned(parameters.count)
    }

    private static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// Floats in the arena that belong to one step for good; zero at first.
    package func allocate(_ count: Int) -> Int {
        defer { arenaCount += MemoryPlan.aligned(count + Kernels.panel) }
        return arenaCount
    }

    /// Floats that a step may use while it runs; the same memory for all.
    package func allocateScratch(_ count: Int) {
        scratchCount = max(scratchCount, MemoryPlan.aligned(count + Kernels.panel))
    }

    /// Floats that a step may use while it packs its weights; values and gradients stand there at other times.
    package func allocatePackScratch(_ count: Int) {
        packScratchCount = max(packScratchCount, MemoryPlan.aligned(count))
    }

    package func allocatePacked(_ count: Int) -> Int {
        defer { packedCount += MemoryPlan.aligned(count) }
        return packedCount
    }

    /// Room in a lane's gradient beside that of the parameters, for a kernel in another form; lanes then leave the
    /// kernel's own place alone.
    package func allocateGradient(_ count: Int, for kernel: Parameter) -> Int {
        defer { gradientCount += MemoryPlan.aligned(count) }
        replaced.append(kernel.range)
        return gradientCount
    }

    /// Numbers the graph's dropouts, each of which drops others.
    package func nextDropout() -> Int {
        defer { dropouts += 1 }
        return dropouts
    }

    /// Room for values of the micro-batch, and gradients, that live for a while: where each stands.
    func share(_ values: [(shape: Shape, times: ClosedRange<Int>)]) -> [Int] {
        shared = SharedPlaces(
            values.map { value in
                SharedPlaces.Life(
                    count: MemoryPlan.aligned(options.microBatch * value.shape.count + Kernels.panel),
                    times: value.times)
            }, apart: !options.shares)
        arenaCount = shared.count
        return shared.places
    }

    /// A parameter of a node: `kernel`; nil where its op declares none of the name.
    package func parameter(_ name: String, of node: Graph.Node) -> Parameter? {
        parameters[node.layer + "/" + name]
    }

    /// What lanes write of their gradients, in pieces that threads take.
    var gradientPieces: [Range<Int>] {
        var (ranges, start) = ([Range<Int>](), 0)
        for gap in replaced.sorted(by: { $0.lowerBound < $1.lowerBound }) {
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
