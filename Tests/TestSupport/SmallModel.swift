import Layers
import Models
import Tensors

/// A model of every layer that runs in a millisecond, and images for it.
package enum SmallModel {
    /// 10×9×2 images, three latent dimensions.
    ///
    /// - Parameter activation: `sigmoid` makes the whole model smooth, which slopes want; `relu` lets it fuse.
    package static func architecture(_ activation: ActivationFunction, isVariational: Bool = true) -> Architecture {
        let smooth = activation == .sigmoid
        let layers: [Layer] = [
            .conv2D(Conv2D(filters: 5, kernel: 3, activation: smooth ? .linear : activation)),
            smooth ? .activation(.sigmoid) : .maxPool2D(MaxPool2D()),
            .conv2D(Conv2D(filters: 17, kernel: 3, stride: 2, padding: .same, activation: activation)),
            .flatten,
            .dense(Dense(units: 11, activation: activation)),
        ]
        return Architecture(
            name: "small", imageShape: [10, 9, 2], encoder: layers, latent: 3,
            decoder: [
                .dense(Dense(units: 4 * 3 * 6)), .reshape([4, 3, 6]),
                .convTranspose2D(ConvTranspose2D(filters: 7, kernelHeight: 2, kernelWidth: 3, activation: activation)),
                .upsample2D(Upsample2D(2)),
                .convTranspose2D(ConvTranspose2D(filters: 2, kernel: 1)),
                .reshape([200]), .dense(Dense(units: 180)), .reshape([10, 9, 2]),
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
    ) throws -> Engine {
        let parameters = ParameterStore(ModelPlan.layout(try architecture.networks(), likelihood))
        parameters.initialize(RandomSource(seed: 1))
        var random = TestValues(seed: 2)
        for parameter in parameters.layout.parameters {
            let isKernel = parameter.initializer == .glorotUniform
            let values = isKernel ? parameters.tensor(parameter).values : random.uniforms(parameter.shape.count)
            parameters.set(parameter, values.map { $0 * (isKernel ? 2 : 0.5) })
        }
        return try Engine(
            architecture, likelihood: likelihood, parameters: parameters, trainingBatch: batch, threads: threads)
    }
}
