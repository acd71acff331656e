import Tensors

/// The memory of one lane while it runs the graph on a micro-batch.
package struct Lane {
    /// Every buffer of the plan, at the plan's offsets.
    package let arena: Floats
    /// What one step may use while it runs.
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
    /// Whether codes are sampled; otherwise each is its mean.
    package let samples: Bool
    /// What names the values that a dropout drops; nil outside a training, where none are.
    package var drops: Drops?

    /// The names of a micro-batch's masks: random bits, epoch, and each image's place in its set.
    package struct Drops {
        package let random: RandomSource
        package let epoch: Int
        package let images: UnsafePointer<Int>

        package init(random: RandomSource, epoch: Int, images: UnsafePointer<Int>) {
            self.random = random
            self.epoch = epoch
            self.images = images
        }
    }

    package init(
        arena: Floats, scratch: Floats, packed: UnsafePointer<Float>, parameters: UnsafePointer<Float>,
        gradients: Floats, images: Int, addsGradients: Bool, samples: Bool
    ) {
        self.arena = arena
        self.scratch = scratch
        self.packed = packed
        self.parameters = parameters
        self.gradients = gradients
        self.images = images
        self.addsGradients = addsGradients
        self.samples = samples
    }

    /// The same lane with other scratch, for a part of a step.
    package func with(scratch: Floats) -> Lane {
        var lane = self
        lane.scratch = scratch
        return lane
    }
}

/// Where a value stands in the arena: [images, …shape] at an offset.
package struct Slot: Hashable, Sendable {
    package let name: String
    /// Without the batch axis.
    package let shape: Shape
    package let offset: Int
    /// Where the loss's gradient with respect to it stands; nil where nobody needs it.
    package let gradient: Int?

    package init(name: String, shape: Shape, offset: Int, gradient: Int?) {
        self.name = name
        self.shape = shape
        self.offset = offset
        self.gradient = gradient
    }

    package var count: Int { shape.count }

    /// The same memory under another shape and name.
    package func reshaped(_ shape: Shape, name: String) -> Slot {
        requireShape(shape.count == self.shape.count, "\(name): \(self.shape) cannot become \(shape)")
        return Slot(name: name, shape: shape, offset: offset, gradient: gradient)
    }

    package func values(_ lane: Lane) -> Floats { lane.arena + offset }

    package func gradients(_ lane: Lane) -> Floats? { gradient.map { lane.arena + $0 } }
}

/// What a step does with the gradient at one of its inputs.
///
/// Of a value's readers, the one that runs last is the first in backward order and writes; the others add.
package enum GradientWrite: Hashable, Sendable {
    /// Nobody needs it.
    case none
    case write
    case add
}

/// Where some nodes that one step covers stand in the arena.
package struct Site {
    /// Producers first; each behind the first reads the one before it, and nothing else does.
    package let nodes: [Graph.Node]
    /// What makes the first node's first input; nil for a value from outside.
    package let maker: Graph.Node?
    /// Of the first node.
    package let inputs: [Slot]
    /// Of the last node.
    package let output: Slot
    /// One an input.
    package let gradients: [GradientWrite]

    /// The input of nodes that have one.
    package var input: Slot { inputs[0] }

    /// The names of the layers that it covers, each once.
    package var layers: [String] {
        var names: [String] = []
        for node in nodes where names.last != node.layer { names.append(node.layer) }
        return names
    }
}
