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

    package struct Best: Hashable, Sendable, Codable {
        package var epoch: Int
        package var value: Double

        package init(epoch: Int, value: Double) {
            self.epoch = epoch
            self.value = value
        }
    }

    package init() {}
}

/// A training's weights, optimizer moments and position; no threads, paths or clock inside.
package struct Checkpoint: Sendable {
    package var configuration: TrainingConfiguration
    /// Of the images trained on.
    package var dataHash: String
    package var state: TrainingState
    package var parameters: ParameterStore
    package var adam: Adam

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

    /// Reads what `serialized` wrote.
    /// - Throws: `FormatError` naming the source and what was expected and found.
    package init(parsing bytes: [UInt8], source: String) throws {
        let file = try SafetensorsFile(parsing: bytes, source: source)
        func refuse(_ expected: String, _ found: String) -> FormatError {
            FormatError(source: source, expected: expected, found: found)
        }
        guard file.metadata["format"] == Checkpoint.format else {
            throw refuse("a swift-vae checkpoint", "a safetensors file of another kind")
        }
        guard let version = file.metadata["version"].flatMap({ Int($0) }), version <= Checkpoint.version else {
            throw refuse("checkpoint version \(Checkpoint.version) or older", file.metadata["version"] ?? "none")
        }
        try Checkpoint.verifyHash(of: bytes, stored: file.metadata["sha256"] ?? "", source: source)
        func decode<Value: Decodable>(_ key: String, as type: Value.Type) throws -> Value {
            do {
                return try JSONCoding.decode(type, from: (file.metadata[key] ?? "").utf8)
            } catch {
                throw refuse("a readable \(key)", "\(error)")
            }
        }
        configuration = try decode("configuration", as: TrainingConfiguration.self)
        state = try decode("state", as: TrainingState.self)
        dataHash = file.metadata["data_sha256"] ?? ""
        let networks = try configuration.architecture.networks()
        let layout = ModelPlan.layout(networks, configuration.objective.likelihood)
        parameters = ParameterStore(layout)
        adam = Adam(layout)
        for parameter in layout.parameters {
            for (prefix, store) in [("", parameters), ("adam/m/", adam.m), ("adam/v/", adam.v)] {
                guard let tensor = file[prefix + parameter.name] else {
                    throw refuse("a tensor \(prefix)\(parameter.name) of shape \(parameter.shape)", "none")
                }
                guard tensor.shape == parameter.shape else {
                    throw refuse("\(prefix)\(parameter.name) of shape \(parameter.shape)", "\(tensor.shape)")
                }
                store.set(parameter, tensor.values)
            }
        }
    }

    /// Reads a checkpoint file.
    /// - Throws: `FileError` or `FormatError` naming the path.
    package init(path: String) throws {
        try self.init(parsing: try FileBytes.read(path, limit: 1 << 34), source: path)
    }

    /// The model with these weights.
    package func model(threads: Int = VariationalAutoencoder.defaultThreads) throws -> VariationalAutoencoder {
        try VariationalAutoencoder(
            configuration.architecture, likelihood: configuration.objective.likelihood, parameters: parameters,
            threads: threads)
    }

    private static func hashRange(in bytes: [UInt8], hash: String, source: String) throws -> Range<Int> {
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

    private static func verifyHash(of bytes: [UInt8], stored: String, source: String) throws {
        var blank = bytes
        blank.replaceSubrange(try hashRange(in: bytes, hash: stored, source: source), with: noHash.utf8)
        let found = SHA256.hex(of: blank)
        if found != stored {
            throw FormatError(source: source, expected: "bytes with the SHA-256 \(stored)", found: found)
        }
    }
}
