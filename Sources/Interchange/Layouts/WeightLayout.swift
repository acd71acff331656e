import Tensors

/// Whose names and order of axes a file's weights have.
package enum WeightLayout: String, CaseIterable, Hashable, Sendable {
    /// This library's: channels last, `encoder/conv2d/kernel`.
    case ours
    /// Keras's: the same axes and much the same names; a norm's are `gamma` and `beta`.
    case keras
    /// PyTorch's: channels first, `encoder.conv2d.weight`.
    case pytorch
}

/// How one parameter of one kind of op stands in the other layouts: a row of the only table that knows.
package struct ParameterLayoutRow: Hashable, Sendable {
    /// The op's kind: `conv2d`.
    package let op: String
    /// The parameter's name behind the layer's: here, in Keras, in PyTorch.
    package let ours, keras, pytorch: String
    /// What stands along each of our axes.
    package let axes: [String]
    /// Which of our axes PyTorch has first, second and so on.
    package let pytorchAxes: [Int]

    fileprivate init(
        _ op: String, _ ours: String, keras: String? = nil, pytorch: String, _ axes: [String], _ pytorchAxes: [Int]
    ) {
        (self.op, self.ours, self.keras, self.pytorch) = (op, ours, keras ?? ours, pytorch)
        (self.axes, self.pytorchAxes) = (axes, pytorchAxes)
    }

    /// Every parameter that an op declares.
    ///
    /// Keras's axes are ours in all of them. A transposed convolution in groups has no layer in Keras; PyTorch's has the same kernel, other axes first.
    package static let all: [ParameterLayoutRow] = [
        .init("dense", "kernel", pytorch: "weight", ["in", "out"], [1, 0]),
        .init("dense", "bias", pytorch: "bias", ["out"], [0]),
        .init("conv2d", "kernel", pytorch: "weight", ["height", "width", "in / groups", "out"], [3, 2, 0, 1]),
        .init("conv2d", "bias", pytorch: "bias", ["out"], [0]),
        .init(
            "conv2d_transpose", "kernel", pytorch: "weight", ["height", "width", "out / groups", "in"], [3, 2, 0, 1]),
        .init("conv2d_transpose", "bias", pytorch: "bias", ["out"], [0]),
        .init("group_norm", "scale", keras: "gamma", pytorch: "weight", ["channels"], [0]),
        .init("group_norm", "shift", keras: "beta", pytorch: "bias", ["channels"], [0]),
        .init("layer_norm", "scale", keras: "gamma", pytorch: "weight", ["channels"], [0]),
        .init("layer_norm", "shift", keras: "beta", pytorch: "bias", ["channels"], [0]),
        .init("gaussian_learned", "log_variance", pytorch: "log_variance", ["one"], [0]),
    ]

    /// The row of a parameter; nil for one that no op declares.
    package static func of(op: String, parameter: String) -> ParameterLayoutRow? {
        all.first { $0.op == op && $0.ours == parameter }
    }

    /// The parameter's name behind the layer's.
    package func name(in layout: WeightLayout) -> String {
        switch layout {
        case .ours: ours
        case .keras: keras
        case .pytorch: pytorch
        }
    }

    /// The shape that a parameter of ours has in a layout.
    package func shape(_ shape: Shape, in layout: WeightLayout) -> Shape {
        layout == .pytorch ? Shape(pytorchAxes.map { shape[$0] }) : shape
    }

    /// A tensor of ours as a layout has it.
    package func tensor(_ tensor: Tensor, in layout: WeightLayout) -> Tensor {
        layout == .pytorch ? tensor.transposed(pytorchAxes) : tensor
    }

    /// A layout's tensor as ours.
    package func ours(_ tensor: Tensor, from layout: WeightLayout) -> Tensor {
        guard layout == .pytorch else { return tensor }
        return tensor.transposed(pytorchAxes.indices.map { pytorchAxes.firstIndex(of: $0)! })
    }
}

extension Tensor {
    /// The same values with their axes in another order, as NumPy's `transpose(axes)`.
    /// - Parameter axes: Which axis becomes the first, the second and so on; each once.
    package func transposed(_ axes: [Int]) -> Tensor {
        requireShape(axes.sorted() == Array(0..<shape.rank), "axes \(axes) of a tensor of shape \(shape)")
        var strides = [Int](repeating: 1, count: shape.rank)
        for axis in strides.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
        var moved: [Float] = []
        moved.reserveCapacity(shape.count)
        /// Adds the values from a place on, along the axes from a number on.
        func add(from place: Int, _ axis: Int) {
            guard axis < axes.count else { return moved.append(values[place]) }
            for i in 0..<shape[axes[axis]] { add(from: place + i * strides[axes[axis]], axis + 1) }
        }
        add(from: 0, 0)
        return Tensor(Shape(axes.map { shape[$0] }), moved)
    }

    /// Along one axis the values at these places, in this order, as NumPy's `take`.
    package func taking(_ places: [Int], axis: Int) -> Tensor {
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        let outer = shape.dimensions[..<axis].reduce(1, *)
        var taken: [Float] = []
        taken.reserveCapacity(outer * places.count * inner)
        for row in 0..<outer {
            for place in places {
                let start = (row * shape[axis] + place) * inner
                taken += values[start..<start + inner]
            }
        }
        var dimensions = shape.dimensions
        dimensions[axis] = places.count
        return Tensor(Shape(dimensions), taken)
    }
}
