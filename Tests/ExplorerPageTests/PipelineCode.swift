import MNISTData
import VAE

// The Swift that the pipeline view shows, so that the compiler reads it; `PageTests` finds each line of it here. What a
// line takes from the steps before it is a parameter.

enum PipelineCode {
    static func input() throws -> Tensor {
        let test = try ImageDataset.embeddedMNIST(.test)
        let image = test.images(0..<1)
        return image
    }

    static let encoder: [Block] = [
        .conv2D(64, kernel: 5, activation: .relu),
        .maxPooling2D(),
    ]

    static func code(model: VariationalAutoencoder, image: Tensor) -> (Tensor, Tensor) {
        let codes = model.encode(image)
        let (mean, sigma) = (codes.mean, codes.standardDeviation)
        return (mean, sigma)
    }

    static func decoder(model: VariationalAutoencoder, z: Tensor) -> Tensor {
        let output = model.decode(z)
        return output
    }

    static func output(model: VariationalAutoencoder, test: ImageDataset) {
        let score = Evaluator(model, objective: .tutorial).evaluate(test, seed: 0)
        print(score.terms.reconstruction, score.terms.kl)
    }

    static func plain(model: VariationalAutoencoder, codes: DiagonalGaussian, test: ImageDataset) -> Tensor {
        let mean = codes.mean
        let z = codes.mean
        let score = Evaluator(model, objective: .tutorial).evaluate(test, seed: nil)
        print(score.terms.reconstruction)
        _ = mean
        return z
    }
}
