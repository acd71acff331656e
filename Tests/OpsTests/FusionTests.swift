import Graphs
import Models
import Ops
import Tensors
import TestSupport
import Testing

/// The rewrites, and that a linear layer's forward and backward passes are transposes of each other.
struct FusionTests {
    /// ⟨f(x) − f(0), g⟩ = ⟨x, ∂⟨f, g⟩/∂x⟩ for each of input, kernel and bias: true of a linear function at any distance.
    @Test(arguments: LayerCase.all.filter(\.isLinear), [false, true])
    func `backward is forward transposed`(layerCase: LayerCase, fuses: Bool) throws {
        let run = try layerCase.run(microBatch: layerCase.images, fuses: fuses)
        let names = ["kernel", "bias"].filter { run.parameter($0) != nil }
        let weights = layerCase.golden("output_gradient")!

        /// The loss with one of the tensors left out.
        func loss(without missing: String? = nil) -> Double {
            for name in names {
                let values = layerCase.golden(name)!
                let zeros = [Float](repeating: 0, count: values.count)
                run.parameters.set(run.parameter(name)!, name == missing ? zeros : values)
            }
            let input = layerCase.golden("input")!
            let output = run.forward(missing == "input" ? input.map { _ in 0 } : input)
            return zip(output, weights).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        let parts = (["input"] + names).map { name in (name, loss(without: name)) }
        let whole = loss()
        var gradients = ["input": run.backward(weights)]
        for name in names { gradients[name] = run.gradient(run.parameter(name)!) }
        for (name, rest) in parts {
            let (gradient, values) = (gradients[name]!, layerCase.golden(name)!)
            let products = zip(gradient, values).map { Double($0) * Double($1) }
            #expect(abs(whole - rest - products.reduce(0, +)) <= 1e-5 * sizeOf(gradient) * sizeOf(values), "\(name)")
        }
    }

    private func sizeOf(_ values: [Float]) -> Double { values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }

    struct Pair: Sendable, CustomStringConvertible {
        let description: String
        let layers: [Block]
        let input: Shape
        /// Relative error; Winograd's larger tiles round more than the other rewrites.
        var bound = 1e-6

        static func winograd(_ what: String, _ layers: [Block], input: Shape) -> Pair {
            Pair(description: "Winograd's form " + what, layers: layers, input: input, bound: 1e-5)
        }
    }

    static let pairs: [Pair] = [
        Pair(
            description: "upsampling by 3 before a 4×4 kernel",
            layers: [.upSampling2D(3), .conv2DTranspose(9, kernel: 4)],
            input: [3, 5, 6]),
        Pair(
            description: "upsampling by 2 before a same kernel, which does not fuse",
            layers: [
                .upSampling2D(2), .conv2DTranspose(5, kernel: 3, padding: .same),
            ], input: [4, 3, 2]),
        Pair(
            description: "upsampling by 2 before a tall kernel, which does not fuse",
            layers: [
                .upSampling2D(2),
                .conv2DTranspose(Conv2DTranspose(5, KernelWindow(height: 3, width: 2))),
            ], input: [4, 3, 2]),
        Pair(
            description: "a convolution cut into many bands before a tall pool",
            layers: [
                .conv2D(48, kernel: 3, activation: .relu), .maxPooling2D(height: 3, width: 2),
            ], input: [43, 37, 2]),
        Pair(
            description: "a convolution with strides and padding before a pool",
            layers: [
                .conv2D(17, kernel: 5, stride: 2, padding: .same), .maxPooling2D(3),
            ], input: [29, 31, 3]),
        Pair(
            description: "a sigmoid before a pool, which does not fuse",
            layers: [.conv2D(4, kernel: 2, activation: .sigmoid), .maxPooling2D()],
            input: [7, 9, 3]),
        .winograd(
            "of odd sizes and padding",
            [.conv2D(17, kernel: 3, padding: .same, activation: .relu)], input: [9, 11, 18]),
        .winograd(
            "before a pool, cut by lines",
            [
                .conv2D(64, kernel: 3, activation: .relu), .maxPooling2D(height: 3, width: 2),
            ], input: [27, 31, 16]),
        .winograd(
            "before a pool, several images at once",
            [.conv2D(20, kernel: 3), .maxPooling2D()], input: [7, 8, 16]),
        .winograd(
            "of a transposed convolution, cut by images",
            [.conv2DTranspose(16, kernel: 3)], input: [14, 13, 33]),
        .winograd(
            "behind an upsampling",
            [
                .upSampling2D(2), .conv2DTranspose(33, kernel: 3),
            ], input: [5, 6, 18]),
        .winograd(
            "behind an upsampling by three",
            [
                .upSampling2D(3), .conv2DTranspose(16, kernel: 3),
            ], input: [4, 4, 16]),
        .winograd(
            "of a transposed convolution, cropped",
            [.conv2DTranspose(16, kernel: 3, padding: .same)], input: [10, 9, 20]),
        .winograd(
            "of 4×4 tiles, padded", [.conv2D(18, kernel: 3, padding: .same)], input: [16, 17, 16]),
        .winograd(
            "of a 3×3 kernel with stride 2, several pieces an image",
            [.conv2D(48, kernel: 3, stride: 2, padding: .same, activation: .relu)],
            input: [38, 65, 33]),
        .winograd(
            "of a 4×4 kernel with stride 2",
            [.conv2D(20, kernel: 4, stride: 2, padding: .same)], input: [17, 10, 16]),
        .winograd(
            "of a strided kernel before a pool",
            [.conv2D(32, kernel: 4, stride: 2), .maxPooling2D()], input: [34, 35, 17]),
        .winograd(
            "of a transposed 3×3 kernel with stride 2",
            [.conv2DTranspose(33, kernel: 3, stride: 2, padding: .same)], input: [5, 9, 16]),
        .winograd(
            "of a transposed 4×4 kernel with stride 2",
            [.conv2DTranspose(16, kernel: 4, stride: 2)], input: [2, 7, 40]),
        .winograd(
            "behind an upsampling, of a same convolution",
            [
                .upSampling2D(2),
                .conv2D(20, kernel: 3, padding: .same, activation: .relu),
            ], input: [6, 5, 24]),
        Pair(
            description: "a convolution to few channels",
            layers: [.conv2D(3, kernel: 3, padding: .same)],
            input: [9, 8, 17]),
        Pair(
            description: "upsampling by 3 before a tall convolution to few channels",
            layers: [
                .upSampling2D(3),
                .conv2D(Conv2D(2, KernelWindow(height: 4, width: 3, padding: .same)), activation: .sigmoid),
            ], input: [4, 5, 16]),
        Pair(
            description: "upsampling by 2 before a kernel to one channel",
            layers: [
                .upSampling2D(2), .conv2DTranspose(1, kernel: 5),
            ], input: [7, 6, 19]),
        Pair(
            description: "group norm and SiLU", layers: [.groupNorm(4), .activation(.silu)], input: [6, 5, 16],
            bound: 2e-6),
        Pair(
            description: "layer norm and ReLU", layers: [.layerNorm, .activation(.relu)], input: [33], bound: 2e-6),
        Pair(
            description: "a residual block and ReLU",
            layers: [.residual([.conv2D(4, kernel: 3, padding: .same)]), .activation(.relu)], input: [5, 6, 4]),
        Pair(
            description: "branches side by side and tanh",
            layers: [.concatenate([[.conv2D(4, kernel: 1)], [.conv2D(3, kernel: 1)]]), .activation(.tanh)],
            input: [5, 6, 4]),
        Pair(
            description: "a convolution and SiLU, which needs its input",
            layers: [.conv2D(9, kernel: 3, activation: .silu)], input: [7, 6, 3]),
        Pair(
            description: "dense layers and functions that read their output",
            layers: [.dense(40, activation: .tanh), .dense(17, activation: .softplus), .dense(5, activation: .elu)],
            input: [20]),
        Pair(
            description: "an upsampling that two layers read",
            layers: [
                .upSampling2D(),
                .concatenate([[.conv2DTranspose(3, kernel: 3)], [.conv2DTranspose(2, kernel: 3, activation: .relu)]]),
            ], input: [2, 4, 16]),
    ]

    @Test(arguments: pairs)
    func `fused and unfused are equal`(pair: Pair) throws {
        let results = try [false, true].map { fuses in
            let run = try GraphRun(pair.layers, input: pair.input, microBatch: 4, fuses: fuses)
            var random = TestValues(seed: 7)
            for parameter in run.parameters.layout.parameters {
                run.parameters.set(parameter, random.uniforms(parameter.shape.count))
            }
            let output = run.forward(random.uniforms(3 * pair.input.count))
            let input = run.backward(random.uniforms(output.count))
            return [output, input] + run.parameters.layout.parameters.map { run.gradient($0) }
        }
        for (plain, fused) in zip(results[0], results[1]) { #expect(relativeError(fused, plain) <= pair.bound) }
    }

    /// Each value and gradient is written whole before it is read, and not read once its time is over.
    ///
    /// Dropouts at both ends, whose backward passes read nothing, leave the time to the layers between.
    @Test(arguments: pairs, [(fuses: false, trains: true), (true, true), (false, false), (true, false)])
    func `spent memory may be anything`(pair: Pair, way: (fuses: Bool, trains: Bool)) throws {
        let layers = [.dropout(0.5)] + pair.layers + [.dropout(0.5)]
        let results = try GraphRun.memories.map { shares, spoils in
            let run = try GraphRun(
                layers, input: pair.input, microBatch: 4, trains: way.trains, fuses: way.fuses, shares: shares)
            var random = TestValues(seed: 7)
            for parameter in run.parameters.layout.parameters {
                run.parameters.set(parameter, random.uniforms(parameter.shape.count))
            }
            let input = random.uniforms(3 * pair.input.count)
            let slopes = random.uniforms(3 * run.outputShape.count)
            var found = [run.forward([input], spoils: spoils)]
            for adding in way.trains ? [false, true] : [] {
                _ = run.forward([input], spoils: spoils)
                found += run.backward(all: slopes, adding: adding, spoils: spoils)
            }
            return found + (way.trains ? run.parameters.layout.parameters.map { run.gradient($0) } : [])
        }
        #expect(results[0].allSatisfy { $0.allSatisfy(\.isFinite) })
        for other in results.dropFirst() { #expect(other.map(bits) == results[0].map(bits)) }
    }

    /// A plan that only runs forward takes Winograd's large tiles, of larger differences.
    @Test(arguments: pairs)
    func `plans that do not train come near`(pair: Pair) throws {
        let outputs = try [true, false].map { trains in
            let run = try GraphRun(pair.layers, input: pair.input, microBatch: 4, trains: trains, fuses: !trains)
            var random = TestValues(seed: 7)
            for parameter in run.parameters.layout.parameters {
                run.parameters.set(parameter, random.uniforms(parameter.shape.count))
            }
            return run.forward(random.uniforms(3 * pair.input.count))
        }
        #expect(relativeError(outputs[1], outputs[0]) <= pair.bound)
    }
}
