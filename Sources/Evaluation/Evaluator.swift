import Datasets
import Graphs
import Models
import Tensors

/// Measures a model on a set of images.
///
/// ```swift
/// let score = Evaluator(model, objective: .tutorial).evaluate(test, seed: 0)
/// print(score.terms.loss, score.activeUnits)
/// ```
public struct Evaluator: Sendable {
    /// The model that is measured.
    public let model: VariationalAutoencoder
    /// How its loss is weighed, after any warm-up.
    public let objective: Objective

    /// An evaluator of a model; the objective's likelihood must be the model's own.
    public init(_ model: VariationalAutoencoder, objective: Objective) {
        requireShape(
            objective.likelihood == model.likelihood,
            "an objective of likelihood \(objective.likelihood.name) for a model of \(model.likelihood.name)")
        do throws(GraphError) { self.model = try model.with(objective) } catch {
            fatalError("the objective \(objective.name) cannot be had of \(model.architecture.name): \(error)")
        }
        self.objective = objective
    }

    /// Loss terms and what the code carries.
    /// - Parameters:
    ///   - images: One or more, of the model's shape.
    ///   - seed: Samples z with this seed, one draw an image; nil takes z = mean.
    public func evaluate(_ images: ImageDataset, seed: UInt64?) -> Evaluation {
        evaluate(images, codes: model.encode(images), seed: seed)
    }

    /// The same with the images' codes given, where they are known already.
    package func evaluate(_ images: ImageDataset, codes: DiagonalGaussian, seed: UInt64?) -> Evaluation {
        let architecture = model.architecture
        requireShape(
            images.count > 0
                && Shape([images.height, images.width, images.channels]) == architecture.imageShape,
            "\(images.count) images of \(images.height)×\(images.width)×\(images.channels) for a model of images "
                + "\(architecture.imageShape)")
        let sampled = architecture.isVariational ? seed : nil
        let terms = images.withBatch(Array(0..<images.count)) { model.evaluate($0, seed: sampled) }
        return Evaluation(
            terms: terms, seed: sampled, codes: codes, hasDensity: objective.likelihood.kind.isDensity)
    }
}

/// What a model came to on a set of images.
public struct Evaluation: Hashable, Sendable {
    /// Means over the images.
    public let terms: LossTerms
    /// z was sampled with this seed; nil where z = mean.
    public let seed: UInt64?
    /// The KL divergence of each latent dimension, averaged over the images: nats.
    public let divergencePerDimension: [Double]
    /// The variance over the images of each latent dimension's mean.
    public let meanVariancePerDimension: [Double]
    /// The evidence lower bound, nats an image: −(reconstruction loss + KL), unweighted, with one sample of z.
    ///
    /// Nil where there is none: with z = mean, for a plain autoencoder, and for the squared error, which is a density
    /// up to scale only. A Bernoulli's is one of probabilities, which grey pixels use as a stand-in.
    public let evidenceLowerBound: Double?

    /// Latent dimensions whose mean varies with the image: variance above 0.01.
    /// - SeeAlso: Burda et al. 2015, "Importance weighted autoencoders", section 5.2, arXiv:1509.00519.
    public var activeUnits: Int { meanVariancePerDimension.count { $0 > Self.activeVariance } }

    /// The variance above which a unit counts as active.
    public static let activeVariance = 0.01

    init(terms: LossTerms, seed: UInt64?, codes: DiagonalGaussian, hasDensity: Bool) {
        self.terms = terms
        self.seed = seed
        divergencePerDimension = codes.meanDivergencePerDimension
        meanVariancePerDimension = codes.variancePerDimension
        let kl = seed != nil && hasDensity ? terms["kl"]?.value : nil
        evidenceLowerBound = kl.map { -(terms.reconstruction + $0) }
    }
}
