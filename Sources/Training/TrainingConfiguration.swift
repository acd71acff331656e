import Formats
import Graphs
import Models
import Tensors

/// Everything that decides what a training computes, apart from the images.
public struct TrainingConfiguration: Hashable, Sendable, Codable {
    /// The model.
    public var architecture: Architecture
    /// The loss.
    public var objective: Objective
    /// The optimizer's settings.
    public var optimizer: AdamSettings
    /// Passes over the training set.
    public var epochs: Int
    /// Images of a step.
    public var batchSize: Int
    /// Decides initial weights, order and noise.
    public var seed: UInt64
    /// Of the numbers that large layers multiply; everything else is Float32.
    public var precision: Precision

    /// A configuration from its parts.
    public init(
        architecture: Architecture, objective: Objective, optimizer: AdamSettings = AdamSettings(), epochs: Int,
        batchSize: Int = 64, seed: UInt64 = 0, precision: Precision = .f32
    ) {
        self.architecture = architecture
        self.objective = objective
        self.optimizer = optimizer
        self.epochs = epochs
        self.batchSize = batchSize
        self.seed = seed
        self.precision = precision
    }

    /// The tutorial's job: 20 epochs of 64 images, Adam at 0.001.
    public static let tutorial = TrainingConfiguration(
        architecture: .tutorial, objective: .tutorial, epochs: 20)

    /// Steps are counted in 64 bits.
    package static let mostEpochs = 1_000_000
    /// The most images of a step.
    package static let mostInBatch = 65536

    /// Refuses settings that cannot be trained with.
    /// - Throws: `ConfigurationError` or `GraphError`.
    public func validate() throws { _ = try validated() }

    private func validated() throws -> Program {
        let program = try program()
        func require(_ condition: Bool, _ setting: String, _ expected: String, _ found: Any) throws {
            if !condition { throw ConfigurationError(setting: setting, expected: expected, found: "\(found)") }
        }
        try require(architecture.latent >= 1, "latent", "at least 1", architecture.latent)
        try require(epochs >= 1, "epochs", "at least 1", epochs)
        try require(epochs <= Self.mostEpochs, "epochs", "at most \(Self.mostEpochs)", epochs)
        try require(
            (1...Self.mostInBatch).contains(batchSize), "batch size", "1 to \(Self.mostInBatch)", batchSize)
        // What a step multiplies by is Float32: there it must be neither 0 nor infinite.
        func isHeld(_ factors: Double...) -> Bool { factors.allSatisfy { $0 > 0 && Float($0).isNormal } }
        let rate = optimizer.learningRate
        try require(isHeld(rate), "learning rate", "a positive number that Float32 holds", rate)
        for term in program.terms where term.weight != 0 && !isHeld(term.weight) {
            let found = objective.settings.first { $0.name == term.weighedBy }?.value.shown
            try require(
                false, term.weighedBy, "zero or a positive number that Float32 holds", found ?? "\(term.weight)")
        }
        for entry in objective.settings {
            let isRead = (try? objective.reading([.init(entry.name, entry.value)])) != nil
            try require(isRead, entry.name, entry.range, entry.value.shown)
        }
        if let variance = objective.likelihood.variance {
            try require(
                isHeld(variance, 1 / (2 * variance)), "variance",
                "a positive number that Float32 holds, as 1 / (2σ²) too", variance)
        }
        try require(
            !objective.likelihood.kind.takesLogits || program.endsUnlimited, "likelihood",
            "a decoder that ends without ReLU or sigmoid (a Bernoulli takes logits)", objective.likelihood.name)
        return program
    }
}

extension TrainingConfiguration {
    /// Reads a configuration; one written before there was a choice of precision means Float32.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            architecture: values.decode(Architecture.self, forKey: .architecture),
            objective: values.decode(Objective.self, forKey: .objective),
            optimizer: values.decode(AdamSettings.self, forKey: .optimizer),
            epochs: values.decode(Int.self, forKey: .epochs), batchSize: values.decode(Int.self, forKey: .batchSize),
            seed: values.decode(UInt64.self, forKey: .seed),
            precision: values.decodeIfPresent(Precision.self, forKey: .precision) ?? .f32)
    }

    /// The model and what it is trained for, as a graph.
    /// - Throws: `GraphError` naming the node that does not fit.
    public func program() throws(GraphError) -> Program { try architecture.program(objective) }

    /// The order of the model's parameters, for a configuration that was read from a file.
    /// - Throws: `FormatError` where `validate` refuses the configuration.
    package func layout(from source: String) throws(FormatError) -> ParameterLayout {
        try requireTrainable(from: source).graph.parameterLayout
    }

    /// The program of a configuration that was read from a file.
    /// - Throws: `FormatError` where `validate` refuses the configuration.
    @discardableResult
    package func requireTrainable(from source: String) throws(FormatError) -> Program {
        do {
            return try validated()
        } catch {
            throw FormatError(source: source, expected: "settings that can be trained with", found: "\(error)")
        }
    }
}

/// A setting that no training can have.
public struct ConfigurationError: Error, Hashable, CustomStringConvertible {
    /// Which one.
    public let setting: String
    /// What it may be.
    public let expected: String
    /// What it is.
    public let found: String

    /// A setting with what was expected and found.
    public init(setting: String, expected: String, found: String) {
        self.setting = setting
        self.expected = expected
        self.found = found
    }

    /// One line for the user.
    public var description: String { "\(setting): expected \(expected), found \(found)" }
}
