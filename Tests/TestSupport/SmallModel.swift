import Graphs
import Ops
import Models
import Tensors

/// A model of every layer that runs in a millisecond, and images for it.
package enum SmallModel {
    /// 10×9×2 images, three latent dimensions.
    ///
    /// - Parameter activation: `sigmoid` makes the whole model smooth, which slopes want; `relu` lets it fuse.
    package static func architecture(_ activation: ActivationFunction, isVariational: Bool = true) -> Architecture {
        let smooth = activation == .sigmoid
        let layers: [Block] = [
            .conv2D(5, kernel: 3, activation: smooth ? nil : activation),
            smooth ? .activation(.sigmoid) : .maxPooling2D(),
            .conv2D(17, kernel: 3, stride: 2, padding: .same, activation: activation),
            .flatten,
            .dense(11, activation: activation),
        ]
        return Architecture(
            name: "small", imageShape: [10, 9, 2], encoder: layers, latent: 3,
            decoder: [
                .dense(4 * 3 * 6), .reshape([4, 3, 6]),
                .conv2DTranspose(Conv2DTranspose(7, KernelWindow(height: 2, width: 3)), activation: activation),
                .upSampling2D(2),
                .conv2DTranspose(2, kernel: 1),
                .reshape([200]), .dense(180), .reshape([10, 9, 2]),
            ], isVariational: isVariational)
    }

    /// Pixels of `count` images.
    package static func pixels(_ count: Int, seed: Int = 5) -> [UInt8] {
        var random = TestValues(seed: seed)
        return random.bytes(count * 180)
    }

    /// An engine with weights from a seed.
    ///
    /// Biases too, since zeros would hide a wrong one; large kernels, since gradients fade on their way through sigmoids.
    package static func engine(
        _ architecture: Architecture, _ likelihood: Likelihood, batch: Int, threads: Int = 1
    ) throws -> ModelEngine {
        let objective = Objective(likelihood: likelihood)
        let parameters = ParameterStore(try architecture.program(objective).graph.parameterLayout)
        parameters.initialize(RandomSource(seed: 1))
        var random = TestValues(seed: 2)
        for parameter in parameters.layout.parameters {
            let isKernel = parameter.initializer == .glorotUniform
            let values = isKernel ? parameters.tensor(parameter).values : random.uniforms(parameter.shape.count)
            parameters.set(parameter, values.map { $0 * (isKernel ? 2 : 0.5) })
        }
        return try ModelEngine(
            architecture, likelihood: likelihood, parameters: parameters, trainingBatch: batch, threads: threads)
    }
}
