import Tensors

/// One compiled step of a graph: what an `ExecutionPlan` runs.
package protocol Step: AnyObject, Sendable {
    /// The layers that it covers, in order.
    var layers: [String] { get }
    /// Useful floating-point operations an image.
    var work: Work { get }
    /// How it multiplies, for a plan's text: `F(2×5) forward`; empty where there is one way.
    var form: String { get }
    /// Brings the weights into the form that the blocks want; once a step, before all lanes.
    /// - Parameter scratch: As much as `MemoryPlan.allocatePackScratch` was asked for.
    func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats)
    func forward(_ lane: Lane)
    /// Turns the gradient at the output into those at the inputs and of the weights. May overwrite the former.
    func backward(_ lane: Lane)
    /// Turns the summed gradient of a kernel in another form into that of the parameter; once a step, after all lanes.
    func collect(gradients: Floats)
    /// What runs one image's forward pass in parts, side by side; nil where it runs as a whole.
    var parts: (any PartialStep)? { get }
}

extension Step {
    package var work: Work { Work() }
    package var form: String { "" }
    package func prepare(parameters: UnsafePointer<Float>, packed: Floats, scratch: Floats) {}
    package func collect(gradients: Floats) {}
    package var parts: (any PartialStep)? { nil }
}

/// A step whose forward pass of one image can be cut.
package protocol PartialStep: AnyObject, Sendable {
    /// Into how many parts, `most` at the most.
    func count(most: Int) -> Int
    /// One of them, of the lane's only image: the same bytes as the whole.
    func forward(_ lane: Lane, part: Int, of parts: Int)
}

/// Floating-point operations an image that a step's results need.
package struct Work: Hashable, Sendable {
    package var forward = 0
    /// To the inputs' gradients.
    package var inputs = 0
    /// To the weights' gradients.
    package var weights = 0

    package init() {}

    package init(forward: Int, inputs: Int, weights: Int) {
        self.forward = forward
        self.inputs = inputs
        self.weights = weights
    }

    package var all: Int { forward + inputs + weights }
}

/// How lines or channels of an image are cut into parts of nearly equal size.
package struct Cut {
    /// Lines or channels, and the grid that parts begin on.
    package let length, grid: Int

    package init(length: Int, grid: Int) {
        self.length = length
        self.grid = grid
    }

    /// Work below this, in floating-point operations, is done before another thread has come.
    private static let leastWork = 100_000

    package func count(most: Int, operations: Int) -> Int {
        max(1, min(most, operations / Cut.leastWork, length / grid))
    }

    package func range(of part: Int, of parts: Int) -> Range<Int> {
        let (steps, last) = (length / grid, part == parts - 1)
        return part * steps / parts * grid..<(last ? length : (part + 1) * steps / parts * grid)
    }
}
