import ArgumentParser
import Settings
import VAE

/// Options that choose how a model is trained.
///
/// What is left out stays as the preset, or the resumed run, has it.
struct TrainingOptions: ParsableArguments {
    @Option(
        parsing: .unconditional, help: "Passes over the training images; the tutorial takes 20.",
        transform: Number.whole(1...TrainingConfiguration.mostEpochs))
    var epochs: Int?

    @Option(
        parsing: .unconditional, help: "Images of a step; the tutorial takes 64.",
        transform: Number.whole(1...TrainingConfiguration.mostInBatch))
    var batchSize: Int?

    @Option(
        parsing: .unconditional, help: "Adam's step size; the tutorial takes 0.001.", transform: Number.positive)
    var learningRate: Double?

    @Option(
        parsing: .unconditional,
        help: "Decides initial weights, order and noise; the tutorial takes 0. The same seed gives the same bytes.",
        transform: Number.whole(0...UInt64.max))
    var seed: UInt64?

    @Option(
        parsing: .unconditional,
        help: """
            Weight of the KL term, or of the term that a recipe's objective has in its place; the tutorial takes 1. With 0 \
            codes are sampled, but not drawn towards the prior.
            """,
        transform: Number.real("a number of at least 0") { $0 >= 0 })
    var beta: Double?

    @Option(
        parsing: .unconditional,
        help: "Fraction of the steps over which the KL weight grows from zero; the tutorial takes 0.",
        transform: Number.real("a fraction from 0 to 1") { (0...1).contains($0) })
    var warmUp: Double?

    @Option(
        help:
            "How KL is taken over latent dimensions: 'mean' as in the tutorial, or 'sum' as in the evidence lower bound."
    )
    var divergence: Objective.Divergence?

    @Option(
        help:
            "What the large layers multiply: 'f32', the default, or 'bf16', faster and coarser, where the CPU has AMX or AVX512-BF16."
    )
    var precision: Precision?

    var weighsObjective: Bool { beta != nil || warmUp != nil || divergence != nil }

    /// Puts what was given in the place of a configuration's own.
    /// - Throws: `UsageError` for an option that the objective has no setting for.
    func apply(to configuration: inout TrainingConfiguration) throws {
        if let epochs { configuration.epochs = epochs }
        if let batchSize { configuration.batchSize = batchSize }
        if let learningRate { configuration.optimizer.learningRate = learningRate }
        if let seed { configuration.seed = seed }
        if let precision { configuration.precision = precision }
        let settings: [(name: String, value: JSONValue?)] = [
            ("beta", beta.map { .number($0) }), ("warm_up", warmUp.map { .number($0) }),
            ("divergence", divergence.map { .string($0.rawValue) }),
        ]
        for setting in settings {
            guard let value = setting.value else { continue }
            guard configuration.objective.settings.contains(where: { $0.name == setting.name }) else {
                let option = "--" + setting.name.replacing("_", with: "-")
                throw UsageError("\(option): the objective \(configuration.objective.name) has no such setting")
            }
            do throws(SettingError) {
                configuration.objective = try configuration.objective.reading([.init(setting.name, value)])
            } catch { throw UsageError("\(error)") }
        }
    }
}

extension Precision: ExpressibleByArgument {}
extension Objective.Divergence: ExpressibleByArgument {}
