import Graphs
import Tensors

/// A layer's kernel in all the forms that a step wants: folded, packed for each pass, and its gradient.
struct KernelForms: Sendable {
    enum Direction {
        case gather, scatter

        var opposite: Direction { self == .gather ? .scatter : .gather }
    }

    /// Places among the packed weights, of each pass.
    let forward, backward: Int
    /// Place in a lane's gradient: the parameter's own, or the folded kernel's beside it.
    let gradient: Int
    private let kernel: Parameter
    private let fold: Fold?
    /// Where the folded kernel stands, and what packing needs beside it.
    private let folded, scratch: Int
    private let packs: [Pack]

    /// The kernel as one pass wants it.
    private struct Pack {
        let correlation: any Correlation
        let direction: Direction
        let place: Int

        init(_ correlation: any Correlation, _ direction: Direction, _ memory: MemoryPlan) {
            self.correlation = correlation
            self.direction = direction
            switch direction {
            case .gather: place = memory.allocatePacked(correlation.gatherPackedCount)
            case .scatter: place = memory.allocatePacked(correlation.scatterPackedCount)
            }
        }

        func prepare(_ weights: UnsafePointer<Float>, packed: Floats, scratch: Floats) {
            switch direction {
            case .gather: correlation.packForGather(into: packed + place, kernel: weights, scratch: scratch)
            case .scatter: correlation.packForScatter(into: packed + place, kernel: weights, scratch: scratch)
            }
        }
    }

    /// - Parameters:
    ///   - direction: Of the forward pass; the backward pass has the other.
    ///   - backward: Whether a gradient goes back to the input.
    init(
        _ kernel: Parameter, _ correlations: PassCorrelations, fold: Fold? = nil, forward direction: Direction,
        backward: Bool, memory: MemoryPlan
    ) {
        self.kernel = kernel
        self.fold = fold
        packs =
            [Pack(correlations.forward, direction, memory)]
            + (backward ? [Pack(correlations.backward, direction.opposite, memory)] : [])
        (forward, self.backward) = (packs.first!.place, packs.last!.place)
        folded = fold.map { memory.allocatePacked($0.count) } ?? 0
        scratch = memory.allocatePacked(packs.map { $0.correlation.packScratchCount }.max()!)
        let larger = memory.options.trains ? fold : nil
        gradient = larger.map { memory.allocateGradient($0.count, for: kernel) } ?? kernel.offset
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats) {
        var weights = parameters + kernel.offset
        if let fold {
            fold.apply(weights, into: packed + folded)
            weights = UnsafePointer(packed + folded)
        }
        for pack in packs { pack.prepare(weights, packed: packed, scratch: packed + scratch) }
    }

    func collect(gradients: Floats) {
        fold?.applyTransposed(gradients + gradient, into: gradients + kernel.offset)
    }
}
