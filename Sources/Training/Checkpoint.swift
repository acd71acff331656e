import Formats
import Graphs
import Models
import Tensors

/// Where a training stands: with the weights and moments all that is needed to go on as if it had never stopped.
package struct TrainingState: Hashable, Sendable, Codable {
    /// Whole epochs done.
    package var epoch = 0
    /// Steps done of the epoch under way.
    package var stepInEpoch = 0
    /// Optimizer steps done since the start.
    package var step = 0
    /// Running sums of the epoch under way.
    package var running = LossSum()
    /// The lowest val_loss (loss, without a validation set) and its epoch.
    package var best: Best?
    /// The epochs that the run was begun for, where it now has more: what the KL warm-up is a fraction of.
    package private(set) var begunFor: Int?
    private var goneBack: Int?

    package struct Best: Hashable, Sendable, Codable {
        package var epoch: Int
        package var value: Double

        package init(epoch: Int, value: Double) {
            self.epoch = epoch
            self.value = value
        }
    }

    package init() {}

    /// Refuses counts that no training comes to, before anything is computed from them.
    package func validate(in source: String) throws(FormatError) {
        let counts = [
            ("epoch", epoch, Self.mostSteps), ("stepInEpoch", stepInEpoch, Self.mostSteps),
            ("step", step, Self.mostSteps), ("running.images", running.images, Self.mostSteps),
            ("best.epoch", best?.epoch ?? 0, Self.mostSteps),
            ("begunFor", begunFor ?? 0, TrainingConfiguration.mostEpochs),
            ("goneBack", rollbacks, Safekeeping.mostRollbacks),
        ]
        for (name, count, limit) in counts where !(0...limit).contains(count) {
            throw FormatError(source: source, expected: "\(name) of 0 to \(limit)", found: "\(count)")
        }
    }

    private static let mostSteps = 1 << 40

    /// How often the training has gone back after a number that was not finite; each time halved the learning rate.
    package var rollbacks: Int {
        get { goneBack ?? 0 }
        set { goneBack = newValue == 0 ? nil : newValue }
    }

    /// Before a run that was begun for so many epochs gets more.
    mutating func keepWarmUp(of epochs: Int) { begunFor = begunFor ?? epochs }

    /// The same schedule as another state's.
    mutating func keepWarmUp(of other: TrainingState) { begunFor = other.begunFor }

    /// Whether it stands between two epochs, or before the first.
    package var isBetweenEpochs: Bool { stepInEpoch == 0 }
}

/// A training's weights, optimizer moments and position; no threads, paths or clock inside.
package struct Checkpoint: Sendable {
    package var configuration: TrainingConfiguration
    /// Of the images trained on.
    package var dataHash: String
    package var state: TrainingState
    package var parameters: ParameterStore
    package var adam: Adam

    /// The largest file that is read, in bytes.
    package static let fileLimit = 1 << 34

    /// What stands before the names of Adam's moments.
    private static let (m, v) = ("adam/m/", "adam/v/")

    package init(
        configuration: TrainingConfiguration, dataHash: String, state: TrainingState, parameters: ParameterStore,
        adam: Adam
    ) {
        self.configuration = configuration
        self.dataHash = dataHash
        self.state = state
        self.parameters = parameters
        self.adam = adam
    }

    /// A safetensors file: parameters under their names, moments under `adam/m/…` and `adam/v/…`, the rest as
    /// metadata, with a SHA-256 of the whole.
    package func serialized() throws -> [UInt8] {
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try JSONCoding.encode(value), as: UTF8.self)
        }
        return try SealedFile.serialize(
            .checkpoint,
            metadata: [
                "configuration": try json(configuration), "data_sha256": dataHash, "state": try json(state),
            ],
            tensors: parameters.tensors() + adam.m.tensors(Self.m) + adam.v.tensors(Self.v))
    }

    /// Reads what `serialized` wrote; everything is judged before memory is taken for the model.
    /// - Throws: `FormatError` naming the source and what was expected and found.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        try self.init(try SealedFile.open(bytes, as: [.checkpoint], source: source).file, source: source)
    }

    init(_ file: SafetensorsFile, source: String) throws(FormatError) {
        func decode<Value: Decodable>(_ key: String, as type: Value.Type) throws(FormatError) -> Value {
            try file.decode(key, as: type, "a training's \(key)", source: source)
        }
        configuration = try decode("configuration", as: TrainingConfiguration.self)
        state = try decode("state", as: TrainingState.self)
        try state.validate(in: "\(source) (state)")
        dataHash = file.metadata["data_sha256"] ?? ""
        let layout = try configuration.layout(from: "\(source) (configuration)")
        let stores = try file.stores(layout, prefixes: ["", Self.m, Self.v], source: source)
        parameters = stores[0]
        adam = Adam(m: stores[1], v: stores[2])
    }

    /// The first tensor, of weights or moments, that holds a NaN or an infinity; nil where all are finite.
    package var firstNotFinite: String? {
        parameters.firstNotFinite?.name ?? adam.m.firstNotFinite.map { Self.m + $0.name }
            ?? adam.v.firstNotFinite.map { Self.v + $0.name }
    }

    /// The first of Adam's running means of squares that holds a negative one; nil where none does.
    package var firstNegativeSquare: String? {
        adam.v.layout.parameters.first { adam.v.tensor($0).values.contains { $0 < 0 } }.map { Self.v + $0.name }
    }

    /// Reads a checkpoint file.
    /// - Throws: `FileError` or `FormatError` naming the path.
    package init(path: String) throws {
        try self.init(parsing: try FileBytes.read(path, limit: Self.fileLimit), source: path)
    }

    /// Where the training of a file stood, by its header alone, which no hash vouches for: for listings.
    /// - Throws: `FileError` or `FormatError` naming the path.
    package static func state(at path: String) throws -> TrainingState {
        let metadata = try SafetensorsFile.metadata(at: path)
        guard metadata["format"] == SealedFile.Kind.checkpoint.format, let words = metadata["state"] else {
            throw FormatError(source: path, expected: "a swift-vae checkpoint", found: "another file")
        }
        let state = try JSONCoding.decode(
            TrainingState.self, from: Array(words.utf8), source: "\(path) (state)", "a training's state")
        try state.validate(in: "\(path) (state)")
        return state
    }

    /// The checkpoint of a run that shall go on to more epochs.
    ///
    /// Where KL warms up, it does so over the steps that it began with: the weights have learned under that schedule.
    /// Without a warm-up, nothing tells the run from one that was meant to be as long.
    package func extended(to epochs: Int) -> Checkpoint {
        var longer = self
        if configuration.objective.warmUp > 0 { longer.state.keepWarmUp(of: configuration.epochs) }
        longer.configuration.epochs = epochs
        return longer
    }

    /// The model without anything of its training.
    package var modelFile: ModelFile {
        ModelFile(
            architecture: configuration.architecture, likelihood: configuration.objective.likelihood,
            parameters: parameters)
    }

    /// The model with these weights.
    package func model(threads: Int = VariationalAutoencoder.defaultThreads) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, configuration.objective, parameters: parameters,
            threads: threads)
    }
}
