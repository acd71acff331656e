import Models
import Ops
import Tensors

/// The models that a session knows by number.
enum SessionModel: Int32 {
    case tutorial
    /// A small model of the ops that the tutorial's has not.
    case residual

    var likelihood: Likelihood { self == .tutorial ? .squaredError : .bernoulli }

    var architecture: Architecture {
        switch self {
        case .tutorial: .tutorial
        case .residual:
            Architecture(
                name: "residual", imageShape: [16, 16, 1],
                encoder: [
                    .conv2D(16, kernel: 3, stride: 2, padding: .same, activation: .gelu),
                    .residual([
                        .groupNorm(4), .activation(.silu), .conv2D(16, kernel: 3, padding: .same), .dropout(0.1),
                        .activation(.elu),
                    ]),
                    .concatenate([[.maxPooling2D()], [.averagePooling2D()]]),
                    .flatten,
                    .dense(24, activation: .tanh),
                    .layerNorm,
                ],
                latent: 3,
                decoder: [
                    .dense(4 * 4 * 16),
                    .reshape([4, 4, 16]),
                    .upSampling2D(2, interpolation: .bilinear),
                    .residual([.groupNorm(4), .activation(.silu), .conv2DTranspose(16, kernel: 3, padding: .same)]),
                    .upSampling2D(),
                    .conv2DTranspose(1, kernel: 5, padding: .same),
                ])
        }
    }
}
