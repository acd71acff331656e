import Graphs
import Ops
import Settings

/// How an image's reconstruction is scored: −log p(x|z), or the tutorial's squared error.
public struct Likelihood: Hashable, Sendable, CustomStringConvertible {
    package let kind: AnyLikelihood

    package init(_ kind: AnyLikelihood) { self.kind = kind }

    private init(_ op: some LikelihoodOp) { kind = AnyLikelihood(op) }

    /// Σ (x − x̂)² over pixels: the tutorial's D · MSE.
    ///
    /// Up to scale a Gaussian with σ² = ½.
    public static let squaredError = Likelihood(SquaredError())
    /// A Gaussian with a fixed variance: SSE / (2σ²) + D/2 · log(2πσ²), in nats.
    public static func gaussian(variance: Double) -> Likelihood { Likelihood(Gaussian(variance: variance)) }
    /// A Gaussian whose one variance is learned with the weights, in nats.
    ///
    /// log σ² is a parameter (Rybkin et al. 2021, arXiv:2006.13202).
    public static let gaussianLearnedVariance = Likelihood(LearnedGaussian())
    /// A Bernoulli a pixel, on logits, in nats; the decoder's last layer must be linear.
    public static let bernoulli = Likelihood(Bernoulli())

    /// Every one, at its defaults.
    package static let all = Ops.likelihoods.map { Likelihood($0) }

    /// As recipes and run folders name it: `gaussian_learned`.
    package var word: String { kind.op.name }

    /// As the command line names it: `gaussian-learned`.
    public var name: String { word.split(separator: "_").joined(separator: "-") }

    /// Its name and settings: `gaussian variance 0.1`.
    public var description: String { kind.op.description }

    /// As a sentence has it: `Gaussian of σ² = 0.1`; nil where the score is no density.
    package var distribution: String? {
        guard kind.isDensity else { return nil }
        let settings = kind.op.settings.map { "\($0.name == "variance" ? "σ²" : $0.name) = \($0.value.shown)" }
        return settings.isEmpty ? kind.op.title : "\(kind.op.title) of \(settings.joined(separator: ", "))"
    }

    /// The variance of a Gaussian that has a fixed one; the squared error is one of ½ up to scale.
    package var variance: Double? {
        kind.op.unwrap(SquaredError.self) == nil ? kind.op.unwrap(Gaussian.self)?.variance : 0.5
    }
}

/// As files and recipes hold it: `bernoulli`, `{gaussian: {variance: 0.1}}`, or `{gaussian: 0.1}`.
extension Likelihood {
    /// - Throws: `SettingError` with the nearest name where there is none of this one.
    package init(_ json: JSONValue) throws(SettingError) {
        if let members = json.object, members.count > 1 {
            throw SettingError(
                "expected one likelihood, found \(members.map { $0.key }.joined(separator: " and "))")
        }
        let name = json.string ?? json.object?.first?.key
        guard let name, let known = Likelihood.all.first(where: { $0.word == name }) else {
            let names = Likelihood.all.map { $0.word }
            throw SettingError(
                "expected one of \(names.joined(separator: ", ")), found \(name ?? json.shown)"
                    + didYouMean(name ?? "", among: names))
        }
        let value = json[name] ?? .null
        let first = known.kind.op.settings.first.map { [JSONValue.Member($0.name, value)] } ?? []
        do throws(SettingError) {
            if value != .null && value.object == nil && first.isEmpty {
                throw SettingError("\(name) has no settings, so \(value.shown) means nothing")
            }
            self.init(try known.kind.reading(value.object ?? (value == .null ? [] : first)))
        } catch { throw error.inside(.key(name)) }
    }

    /// `{"gaussian": {"variance": 0.1}}`, or `{"bernoulli": {}}`.
    package var json: JSONValue {
        .object([.init(word, .object(kind.op.settings.map { .init($0.name, $0.value) }))])
    }
}
