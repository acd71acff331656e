import Graphs
import Tensors

/// A layer's kernel in all the forms that a step wants: turned, packed for each pass, and its gradient.
struct KernelForms: Sendable {
    enum Direction {
        case gather, scatter

        var opposite: Direction { self == .gather ? .scatter : .gather }
    }

    /// Places among the packed weights, of each pass.
    let forward, backward: Int
    /// Place in a lane's gradient: the parameter's own, or the turned kernel's beside it.
    let gradient: Int
    private let kernel: Parameter
    private let turn: KernelTurn?
    /// Where the turned kernel stands.
    private let turned: Int
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
        _ kernel: Parameter, _ correlations: PassCorrelations, turn: KernelTurn? = nil, forward direction: Direction,
        backward: Bool, memory: MemoryPlan
    ) {
        self.kernel = kernel
        self.turn = turn
        packs =
            [Pack(correlations.forward, direction, memory)]
            + (backward ? [Pack(correlations.backward, direction.opposite, memory)] : [])
        (forward, self.backward) = (packs.first!.place, packs.last!.place)
        turned = turn.map { memory.allocatePacked($0.count) } ?? 0
        memory.allocatePackScratch(packs.map { $0.correlation.packScratchCount }.max()!)
        let apart = memory.options.trains ? turn : nil
        gradient = apart.map { memory.allocateGradient($0.count, for: kernel) } ?? kernel.offset
    }

    func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats) {
        var weights = parameters + kernel.offset
        if let turn {
            turn.apply(weights, into: packed + turned)
            weights = UnsafePointer(packed + turned)
        }
        for pack in packs { pack.prepare(weights, packed: packed, scratch: scratch) }
    }

    func collect(gradients: Floats) {
        turn?.undo(gradients + gradient, into: gradients + kernel.offset)
    }
}
