import Tensors

/// The memory of one lane while it runs the network on a micro-batch.
package struct LaneMemory {
    /// Every buffer of the plan, at the plan's offsets.
    package let arena: Floats
    /// What one operation may use while it runs.
    package private(set) var scratch: Floats
    /// Weights as the matrix blocks want them; shared by all lanes.
    package let packed: UnsafePointer<Float>
    /// The parameters themselves (biases are read from here).
    package let parameters: UnsafePointer<Float>
    /// This lane's own gradient.
    package let gradients: Floats
    /// Images in this micro-batch, at most the plan's.
    package let images: Int
    /// False for a lane's first micro-batch, whose gradients overwrite what the last step left.
    package let addsGradients: Bool

    /// The same lane with other scratch, for a part of an operation.
    func with(scratch: Floats) -> LaneMemory {
        var lane = self
        lane.scratch = scratch
        return lane
    }
}

/// How lines or channels of an image are cut into parts of nearly equal size.
struct Cut {
    /// Lines or channels, and the grid that parts begin on.
    let length, grid: Int

    /// Work below this, in floating-point operations, is done before another thread has come.
    private static let leastWork = 100_000

    func count(most: Int, operations: Int) -> Int {
        max(1, min(most, operations / Cut.leastWork, length / grid))
    }

    func range(of part: Int, of parts: Int) -> Range<Int> {
        let (steps, last) = (length / grid, part == parts - 1)
        return part * steps / parts * grid..<(last ? length : (part + 1) * steps / parts * grid)
    }
}

/// The output of an operation: [images, …shape] at an offset of the arena.
package struct Activation: Hashable, Sendable {
    package let name: String
    /// Without the batch axis.
    package let shape: Shape
    package let offset: Int
    /// Where the loss's gradient with respect to it stands; nil where nobody needs it.
    package let gradient: Int?

    package var count: Int { shape.count }

    /// The same memory under another shape and name.
    package func reshaped(_ shape: Shape, name: String) -> Activation {
        requireShape(shape.count == self.shape.count, "\(name): \(self.shape) cannot become \(shape)")
        return Activation(name: name, shape: shape, offset: offset, gradient: gradient)
    }

    package func values(_ lane: LaneMemory) -> Floats { lane.arena + offset }

    package func gradients(_ lane: LaneMemory) -> Floats? { gradient.map { lane.arena + $0 } }
}

/// One compiled step of a network: what an `ExecutionPlan` runs.
package protocol Operation: Sendable {
    var name: String { get }
    /// Floating-point operations an image that the result needs: forward, to the input, to the weights.
    var operations: (forward: Int, input: Int, weights: Int) { get }
    /// Brings the weights into the form that the blocks want; once a step, before all lanes.
    func prepare(parameters: UnsafePointer<Float>, packed: Floats)
    func forward(_ lane: LaneMemory)
    /// Into how many parts, `most` at the most, one image's forward pass can be cut that run side by side.
    func parts(most: Int) -> Int
    /// One of them, of the lane's only image: the same bytes as the whole.
    func forward(_ lane: LaneMemory, part: Int, of parts: Int)
    /// Turns the gradient at the output into those at the input and of the weights. May overwrite the former.
    func backward(_ lane: LaneMemory)
    /// Turns the summed gradient of a folded kernel into that of the parameter; once a step, after all lanes.
    func finish(gradients: Floats)
}

extension Operation {
    package var operations: (forward: Int, input: Int, weights: Int) { (0, 0, 0) }
    package func parts(most: Int) -> Int { 1 }
    package func forward(_ lane: LaneMemory, part: Int, of parts: Int) { forward(lane) }
    package func prepare(parameters: UnsafePointer<Float>, packed: Floats) {}
    package func finish(gradients: Floats) {}
}

/// An activation function.
public enum ActivationFunction: String, Hashable, Sendable, Codable, CaseIterable {
    /// None: the identity.
    case linear
    /// max(x, 0); a NaN stays one.
    case relu
    /// 1 / (1 + e⁻ˣ).
    case sigmoid

    /// In place, on rows of `channels` values.
    /// - Parameter stride: From one row to the next, in floats; nil where nothing stands between them.
    func apply(_ y: Floats, rows: Int, channels: Int, stride: Int? = nil) {
        switch self {
        case .linear: break
        case .relu: Kernels.shared.relu(y, rows: rows, channels: channels, stride: stride ?? channels)
        case .sigmoid:
            guard let stride, stride != channels else { return Kernels.shared.sigmoid(y, count: rows * channels) }
            for row in 0..<rows { Kernels.shared.sigmoid(y + row * stride, count: channels) }
        }
    }

    /// In place: `d` at the output becomes `d` at the input, by way of the output alone.
    func backward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        switch self {
        case .linear: break
        case .relu: Kernels.shared.reluBackward(d, output: output, count: count)
        case .sigmoid: Kernels.shared.sigmoidBackward(d, output: output, count: count)
        }
    }
}
