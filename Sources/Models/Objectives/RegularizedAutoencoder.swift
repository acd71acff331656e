import Graphs
import Ops
import Settings

/// A deterministic autoencoder whose codes are kept small: reconstruction loss + β · ½‖z‖².
///
/// It is for a code that is a point; to draw images, a density is fitted to the codes afterwards.
/// - SeeAlso: Ghosh et al. 2020, "From variational to deterministic autoencoders", arXiv:1903.12436.
public struct RegularizedAutoencoder: ObjectiveKind {
    package static let name = "rae"
    package static let summary = "Reconstruction + β · ½‖z‖² of a code that is a point: a regularized autoencoder."

    /// Scores the reconstruction.
    public var likelihood = Likelihood.squaredError
    /// Weight of half the code's squared norm.
    public var beta = 0.01

    package mutating func settings(_ visit: SettingVisitor) throws(SettingError) {
        let most = Double(Float.greatestFiniteMagnitude)
        try visit.number("beta", &beta, 0...most, "zero or a positive number that Float32 holds")
    }

    package func terms(
        _ model: ObjectiveValues, _ builder: inout GraphBuilder
    ) throws(GraphError) -> [Program.Term] {
        try GraphError.require(
            model.code.logVariance == nil, "objective",
            "rae is for a code that is a point, as latent: {point: 16} is")
        let norm = try builder.apply(AnyOp(HalfSquaredNorm()), [model.code.mean], layer: "code_norm")
        return [
            try model.reconstructionTerm(likelihood, &builder),
            Program.Term("code_norm", norm, weight: beta, weighedBy: "beta", isNats: false, isNonnegative: true),
        ]
    }

    package func words(for architecture: Architecture) -> ObjectiveWords {
        guard beta > 0 else {
            return ObjectiveWords(meaning: "code_norm_loss is 0, since β = 0: a plain autoencoder")
        }
        return ObjectiveWords(
            added: "\(beta == 1 ? "" : "\(beta) · ")half the squared norm of the code", name: "code_norm_loss",
            meaning: "a regularized autoencoder, which has no evidence lower bound",
            sentence:
                "A regularized autoencoder has no evidence lower bound; a density of its codes may be fitted afterwards"
        )
    }
}
