import Graphs
import Settings

/// Every kind of op, by the name that recipes, files and lists use.
public enum Ops {
    /// One entry a name, at its defaults; required settings have a default that shapes refuse.
    public static let all: [AnyOp] =
        [
            AnyOp(Conv2D(0, KernelWindow(3))),
            AnyOp(Conv2DTranspose(0, KernelWindow(3))),
            AnyOp(Dense(0)),
            AnyOp(MaxPooling2D()),
            AnyOp(AveragePooling2D()),
            AnyOp(GlobalAveragePooling2D()),
            AnyOp(UpSampling2D()),
            AnyOp(GroupNorm()),
            AnyOp(LayerNorm()),
            AnyOp(Dropout()),
            AnyOp(Crop(height: 0, width: 0)),
            AnyOp(Flatten()),
            AnyOp(Reshape([0])),
        ] + ActivationFunction.allCases.map { AnyOp(Activation($0)) }

    /// Ops that models are made of and that no list of layers names by themselves.
    package static let inner: [AnyOp] =
        [
            AnyOp(Add()), AnyOp(Multiply()), AnyOp(Concatenate()), AnyOp(StandardDeviation()), AnyOp(Reparameterize()),
            AnyOp(GaussianKL()), AnyOp(HalfSquaredNorm()),
        ] + likelihoods.map { $0.op }

    /// What a reconstruction may be scored by.
    package static let likelihoods = [
        AnyLikelihood(SquaredError()), AnyLikelihood(Gaussian()), AnyLikelihood(LearnedGaussian()),
        AnyLikelihood(Bernoulli()),
    ]

    /// Names that people expect and that have no op, with what to use instead.
    package static let refused: [String: String] = [
        "batch_norm": batchNormalization, "batch_normalization": batchNormalization,
    ]

    private static let batchNormalization =
        "there is no batch normalization: a thread never sees the whole batch, and results would depend on who is "
        + "beside whom in it; use group_norm, which normalizes each image by itself"

    /// The op of a name, at its defaults.
    package static func named(_ name: String) -> AnyOp? { all.first { $0.name == name } }
}
