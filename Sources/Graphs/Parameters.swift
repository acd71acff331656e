import Tensors

/// How a parameter starts.
public enum Initializer: Hashable, Sendable {
    /// Uniform in ±√(6 / (fan in + fan out)), Keras's default for kernels (Glorot & Bengio 2010).
    case glorotUniform
    /// Keras's default for biases.
    case zeros
    /// Of scales.
    case ones

    /// The bound of the uniform distribution for a kernel's shape, or zero.
    func limit(_ shape: Shape) -> Float {
        guard self == .glorotUniform, shape.rank >= 2 else { return 0 }
        let window = shape.dimensions.dropLast(2).reduce(1, *)
        let fans = window * (shape[shape.rank - 2] + shape[shape.rank - 1])
        return Float((6 / Double(fans)).squareRoot())
    }
}

/// One trainable tensor: its name, shape, beginning, and place among all parameters.
public struct Parameter: Hashable, Sendable {
    /// A path such as `encoder/conv2d/kernel`.
    public let name: String
    /// Keras's order: kernels [height, width, in, out] (transposed: [height, width, out, in]), dense [in, out].
    public let shape: Shape
    /// How it starts.
    public let initializer: Initializer
    /// First value's place among all parameters.
    package let offset: Int

    package var range: Range<Int> { offset..<offset + shape.count }
}

/// The order of all parameters of a model in one allocation.
package struct ParameterLayout: Hashable, Sendable {
    package private(set) var parameters: [Parameter] = []
    package private(set) var count = 0

    package init() {}

    package mutating func declare(_ name: String, _ shape: Shape, _ initializer: Initializer) -> Parameter {
        requireShape(!parameters.contains { $0.name == name }, "two parameters are named \(name)")
        let parameter = Parameter(name: name, shape: shape, initializer: initializer, offset: count)
        parameters.append(parameter)
        count += shape.count
        return parameter
    }

    package subscript(name: String) -> Parameter? { parameters.first { $0.name == name } }
}

/// All parameters of a model in one allocation: weights, or anything of the same layout (Adam's moments).
package final class ParameterStore: Sendable {
    package let layout: ParameterLayout
    package let buffer: AlignedBuffer

    /// All zero.
    package init(_ layout: ParameterLayout) {
        self.layout = layout
        buffer = AlignedBuffer(count: layout.count)
    }

    package var pointer: Floats { buffer.pointer }

    /// Initial weights: a pure function of the seed and each parameter's place in the layout.
    package func initialize(_ random: RandomSource) {
        for (index, parameter) in layout.parameters.enumerated() {
            let count = parameter.shape.count
            if parameter.initializer == .ones {
                set(parameter, Array(repeating: 1, count: count))
            } else {
                // Zeros too: their sign is part of the bytes that a seed gives.
                let limit = parameter.initializer.limit(parameter.shape)
                set(parameter, random.uniforms(count: count, limit: limit, .initialWeights, index: index))
            }
        }
    }

    package func tensor(_ parameter: Parameter) -> Tensor {
        Tensor(parameter.shape, buffer.copyValues(parameter.range))
    }

    package func set(_ parameter: Parameter, _ values: [Float]) {
        requireShape(
            values.count == parameter.shape.count,
            "\(parameter.name): \(values.count) values for the shape \(parameter.shape)")
        for (i, value) in values.enumerated() { pointer[parameter.offset + i] = value }
    }

    /// The first parameter that holds a NaN or an infinity.
    package var firstNotFinite: Parameter? {
        layout.parameters.first { !Kernels.shared.allFinite(pointer + $0.offset, count: $0.shape.count) }
    }

    package func copy() -> ParameterStore {
        let other = ParameterStore(layout)
        other.buffer.copy(from: buffer)
        return other
    }
}
