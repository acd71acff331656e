import Graphs
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// Layers on bfloat16 inputs, against the same layers in Float32.
@Suite(.enabled(if: BFloat16Kernels.shared != nil))
struct BFloat16Tests {
    struct Case: Sendable, CustomStringConvertible {
        let description: String
        let layers: [Block]
        let input: Shape
        let images: Int

        /// Without pooling and ReLU, through which a gradient goes another way when two values are near.
        var smooth: Case {
            let layers = layers.compactMap { layer -> Block? in
                guard case .op(let op, _) = layer, op.kind != MaxPooling2D.kind else { return nil }
                return .op(op, activation: nil)
            }
            return Case(description: description, layers: layers, input: input, images: images)
        }
    }

    private static func convolution(
        _ filters: Int, _ kernel: Int, stride: Int = 1, padding: Padding = .valid
    ) -> Block {
        .conv2D(filters, kernel: kernel, stride: stride, padding: padding, activation: .relu)
    }

    private static func transposed(
        _ filters: Int, _ kernel: Int, stride: Int = 1, padding: Padding = .valid
    ) -> Block {
        .conv2DTranspose(filters, kernel: kernel, stride: stride, padding: padding)
    }

    /// Winograd's form and the direct one; whole and partial tiles, odd depths and rows, images of many bands.
    static let cases = [
        Case(
            description: "one channel, pooled", layers: [convolution(64, 5), .maxPooling2D()],
            input: [28, 28, 1], images: 3),
        Case(
            description: "Winograd, pooled", layers: [convolution(64, 3), .maxPooling2D()],
            input: [12, 12, 64], images: 8),
        Case(description: "Winograd, odd pixels", layers: [convolution(18, 3)], input: [9, 13, 34], images: 5),
        Case(
            description: "Winograd, a large image", layers: [convolution(16, 3), .maxPooling2D()],
            input: [62, 62, 16], images: 1),
        Case(description: "odd channels", layers: [convolution(33, 4)], input: [7, 6, 17], images: 3),
        Case(
            description: "stride 2, same", layers: [convolution(80, 4, stride: 2, padding: .same)],
            input: [11, 9, 20], images: 2),
        Case(description: "deep taps", layers: [convolution(17, 5, stride: 3)], input: [8, 11, 67], images: 1),
        Case(description: "transposed", layers: [transposed(64, 3)], input: [3, 3, 64], images: 8),
        Case(
            description: "transposed, stride 2, same", layers: [transposed(19, 5, stride: 2, padding: .same)],
            input: [4, 5, 33], images: 3),
        Case(
            description: "upsampled", layers: [.upSampling2D(2), transposed(64, 3)],
            input: [5, 5, 64], images: 7),
        Case(
            description: "one channel out", layers: [.upSampling2D(2), transposed(1, 5)],
            input: [12, 12, 64], images: 3),
    ]

    /// Output and gradients of one pass forward and backward.
    private func results(
        _ layerCase: Case, _ precision: Precision, fuses: Bool = true, adding: Bool = false,
        _ draw: (inout TestValues, Int) -> [Float]
    ) throws -> [(name: String, values: [Float])] {
        let run = try GraphRun(
            layerCase.layers, input: layerCase.input, microBatch: layerCase.images + 1, fuses: fuses,
            precision: precision)
        var random = TestValues(seed: layerCase.images)
        for name in ["kernel", "bias"] {
            let parameter = run.parameter(name)!
            run.parameters.set(parameter, draw(&random, parameter.shape.count))
        }
        let input = draw(&random, layerCase.images * layerCase.input.count)
        let output = run.forward(input)
        let outputGradient = draw(&random, output.count)
        var inputGradient = run.backward(outputGradient)
        if adding {
            _ = run.forward(input)
            inputGradient = run.backward(outputGradient, adding: true)
        }
        return [("output", output), ("input gradient", inputGradient)]
            + ["kernel", "bias"].map { ("\($0) gradient", run.gradient(run.parameter($0)!)) }
    }

    /// Small whole numbers round to themselves and their sums are exact: every value must be where it belongs.
    @Test(arguments: cases, [false, true])
    func `whole numbers give the values of Float32`(layerCase: Case, adding: Bool) throws {
        let draw = { (random: inout TestValues, count: Int) in random.wholes(count, limit: 2) }
        // Not fused: Winograd's larger tiles, which only Float32 takes, are not exact.
        let plain = try results(layerCase, .f32, fuses: false, adding: adding, draw)
        let rounded = try results(layerCase, .bf16, adding: adding, draw)
        for (a, b) in zip(rounded, plain) {
            #expect(a.values.contains { $0 != 0 })
            #expect(a.values == b.values, "\(a.name)")
        }
    }

    /// The bound is twice 2⁻⁸ of the result.
    ///
    /// Each product's factors are wrong by 2⁻⁹ at the most. Errors of many products cancel as the products themselves
    /// do, so 2⁻⁸ of the result is what a sum is wrong by; Winograd's planes hold sums of up to sixteen values, and the
    /// map back adds what their rounding left: twice as much.
    @Test(arguments: cases)
    func `random numbers come near those of Float32`(layerCase: Case) throws {
        let draw = { (random: inout TestValues, count: Int) in random.uniforms(count) }
        let plain = try results(layerCase.smooth, .f32, draw)
        let rounded = try results(layerCase.smooth, .bf16, draw)
        for (a, b) in zip(rounded, plain) where a.name != "bias gradient" {
            let error = relativeError(a.values, b.values)
            #expect(error <= 2 * 0x1p-8, "\(a.name)")
            #expect(error >= 0x1p-14, "\(a.name): not rounded")
        }
    }
}
