import CKernels

/// A function of one value that layers apply to all of theirs: a line of `Functions.h`, which names them.
package typealias PointwiseFunction = vae_function

extension PointwiseFunction {
    /// All of them, in the order of `Functions.h`.
    package static var all: [PointwiseFunction] {
        (0..<Int32(VAE_FUNCTIONS)).map { PointwiseFunction(rawValue: $0)! }
    }

    /// As files name it: `leaky_relu`.
    package var name: String { String(cString: row.name) }

    /// True if the gradient is computed from the function's input.
    package var readsInput: Bool { row.reads & Int32(VAE_READS_X) != 0 }

    /// True if the gradient is computed from the function's output.
    package var readsOutput: Bool { row.reads & Int32(VAE_READS_Y) != 0 }

    private var row: vae_pointwise { Kernels.shared.table.pointee.functions[Int(rawValue)] }
}

extension Kernels {
    /// out ← f(x), on rows of `channels` values.
    /// - Parameters:
    ///   - out: May be `x`.
    ///   - stride: From one row of `out` to the next, in floats.
    ///   - inputStride: From one row of `x` to the next, in floats.
    ///   - parameter: The slope of `leaky_relu`, the α of `elu`; other functions ignore it.
    package func apply(
        _ function: PointwiseFunction, into out: Floats, from x: UnsafePointer<Float>, rows: Int, channels: Int,
        stride: Int, inputStride: Int, parameter: Float
    ) {
        table.pointee.functions[Int(function.rawValue)].forward(
            out, x, Int64(rows), Int64(channels), Int64(stride), Int64(inputStride), parameter)
    }

    /// out ← f(x), on `count` values that stand together.
    /// - Parameters:
    ///   - out: May be `x`.
    ///   - parameter: The slope of `leaky_relu`, the α of `elu`; other functions ignore it.
    package func apply(
        _ function: PointwiseFunction, into out: Floats, from x: UnsafePointer<Float>, count: Int, parameter: Float
    ) {
        apply(
            function, into: out, from: x, rows: 1, channels: count, stride: count, inputStride: count,
            parameter: parameter)
    }

    /// din ← d · f′, or din ← din + d · f′.
    /// - Parameters:
    ///   - din: May be `d`.
    ///   - input: What f was applied to; nil if f does not read its input.
    ///   - output: What f made of it; nil if f does not read its output.
    ///   - parameter: As it was when f was applied.
    package func applyBackward(
        _ function: PointwiseFunction, into din: Floats, from d: UnsafePointer<Float>, input: UnsafePointer<Float>?,
        output: UnsafePointer<Float>?, count: Int, parameter: Float, adding: Bool
    ) {
        table.pointee.functions[Int(function.rawValue)].backward(
            din, d, input, output, Int64(count), parameter, adding ? 1 : 0)
    }
}

// MARK: - Functions without a parameter

extension Kernels {
    /// - Parameter stride: From one row to the next, in floats.
    package func relu(_ y: Floats, rows: Int, channels: Int, stride: Int) {
        apply(
            .relu, into: y, from: y, rows: rows, channels: channels, stride: stride, inputStride: stride, parameter: 0)
    }

    package func reluBackward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        applyBackward(
            .relu, into: d, from: d, input: nil, output: output, count: count, parameter: 0, adding: false)
    }

    package func sigmoid(_ y: Floats, count: Int) {
        apply(.sigmoid, into: y, from: y, count: count, parameter: 0)
    }

    package func sigmoidBackward(_ d: Floats, output: UnsafePointer<Float>, count: Int) {
        applyBackward(
            .sigmoid, into: d, from: d, input: nil, output: output, count: count, parameter: 0, adding: false)
    }

    package func exponential(into out: Floats, _ x: UnsafePointer<Float>, count: Int) {
        apply(.exponential, into: out, from: x, count: count, parameter: 0)
    }

    package func logarithm(into out: Floats, _ x: UnsafePointer<Float>, count: Int) {
        apply(.logarithm, into: out, from: x, count: count, parameter: 0)
    }

    /// eˣ of one number, as the rows above have it.
    package func exponential(_ x: Float) -> Double {
        var (x, y) = (x, Float(0))
        exponential(into: &y, &x, count: 1)
        return Double(y)
    }

    /// log x of one number, in Float32.
    package func logarithm(_ x: Double) -> Double {
        var (x, y) = (Float(x), Float(0))
        logarithm(into: &y, &x, count: 1)
        return Double(y)
    }
}
