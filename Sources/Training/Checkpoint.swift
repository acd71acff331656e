import Formats
import Layers
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

    /// Newer files are refused by name.
    private static let version = 1
    private static let format = "swift-vae checkpoint"
    private static let noHash = String(repeating: "0", count: 64)

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
        let list = parameters.layout.parameters
        let file = SafetensorsFile(
            metadata: [
                "format": Checkpoint.format, "version": "\(Checkpoint.version)", "sha256": Checkpoint.noHash,
                "configuration": try json(configuration), "data_sha256": dataHash, "state": try json(state),
            ],
            tensors: list.map { ($0.name, parameters.tensor($0)) }
                + list.map { ("adam/m/" + $0.name, adam.m.tensor($0)) }
                + list.map { ("adam/v/" + $0.name, adam.v.tensor($0)) })
        var bytes = file.serialized()
        // The hash of the file with zeros in the hash's place goes into that place.
        let hash = Array(SHA256.hex(of: bytes).utf8)
        let place = try Checkpoint.hashRange(in: bytes, hash: Checkpoint.noHash, source: "checkpoint")
        bytes.replaceSubrange(place, with: hash)
        return bytes
    }

    /// Reads what `serialized` wrote; everything is judged before memory is taken for the model.
    /// - Throws: `FormatError` naming the source and what was expected and found.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        let file = try SafetensorsFile(parsing: bytes, source: source)
        func refuse(_ expected: String, _ found: String) -> FormatError {
            FormatError(source: source, expected: expected, found: found)
        }
        guard file.metadata["format"] == Checkpoint.format else {
            throw refuse("a swift-vae checkpoint", "a safetensors file of another kind")
        }
        let version = file.metadata["version"]
        guard let number = version.flatMap({ Int($0) }), (1...Checkpoint.version).contains(number) else {
            throw refuse(
                "checkpoint version \(Checkpoint.version) or older", version.map { "version \($0)" } ?? "none")
        }
        try Checkpoint.verifyHash(of: bytes, stored: file.metadata["sha256"] ?? "", source: source)
        func decode<Value: Decodable>(_ key: String, as type: Value.Type) throws(FormatError) -> Value {
            try JSONCoding.decode(
                type, from: Array((file.metadata[key] ?? "").utf8), source: "\(source) (\(key))", "a training's \(key)")
        }
        configuration = try decode("configuration", as: TrainingConfiguration.self)
        state = try decode("state", as: TrainingState.self)
        try state.validate(in: "\(source) (state)")
        dataHash = file.metadata["data_sha256"] ?? ""

        let layout = try configuration.layout(from: "\(source) (configuration)")
        let tensors = Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.tensor) })
        let prefixes = ["", "adam/m/", "adam/v/"]
        for parameter in layout.parameters {
            for name in prefixes.map({ $0 + parameter.name }) {
                guard let tensor = tensors[name] else {
                    throw refuse("a tensor \(name) of shape \(parameter.shape)", "none")
                }
                guard tensor.shape == parameter.shape else {
                    throw refuse("\(name) of shape \(parameter.shape)", "\(tensor.shape)")
                }
            }
        }
        guard tensors.count == prefixes.count * layout.parameters.count else {
            throw refuse("the model's \(prefixes.count * layout.parameters.count) tensors", "\(tensors.count)")
        }
        parameters = ParameterStore(layout)
        adam = Adam(layout)
        for (prefix, store) in zip(prefixes, [parameters, adam.m, adam.v]) {
            for parameter in layout.parameters { store.set(parameter, tensors[prefix + parameter.name]!.values) }
        }
    }

    /// The first tensor, of weights or moments, that holds a NaN or an infinity; nil where all are finite.
    package var firstNotFinite: String? {
        parameters.firstNotFinite?.name ?? adam.m.firstNotFinite.map { "adam/m/" + $0.name }
            ?? adam.v.firstNotFinite.map { "adam/v/" + $0.name }
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
        guard metadata["format"] == format, let words = metadata["state"] else {
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

    /// The model with these weights.
    package func model(threads: Int = VariationalAutoencoder.defaultThreads) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, likelihood: configuration.objective.likelihood, parameters: parameters,
            threads: threads)
    }

    private static func hashRange(
        in bytes: [UInt8], hash: String, source: String
    ) throws(FormatError) -> Range<Int> {
        // Metadata stands in the header, near the file's beginning.
        let wanted = Array("\"sha256\":\"\(hash)\"".utf8)
        let last = min(bytes.count, 1 << 20) - wanted.count
        for start in stride(from: 8, through: last, by: 1) where bytes[start] == wanted[0] {
            if bytes[start..<start + wanted.count].elementsEqual(wanted) {
                let end = start + wanted.count - 1
                return end - hash.utf8.count..<end
            }
        }
        throw FormatError(source: source, expected: "a SHA-256 of the file in its metadata", found: "none")
    }

    private static func verifyHash(of bytes: [UInt8], stored: String, source: String) throws(FormatError) {
        guard stored.utf8.count == noHash.utf8.count else {
            throw FormatError(source: source, expected: "a SHA-256 of the file in its metadata", found: "\"\(stored)\"")
        }
        var blank = bytes
        blank.replaceSubrange(try hashRange(in: bytes, hash: stored, source: source), with: noHash.utf8)
        let found = SHA256.hex(of: blank)
        if found != stored {
            throw FormatError(source: source, expected: "bytes with the SHA-256 \(stored)", found: found)
        }
    }
}
