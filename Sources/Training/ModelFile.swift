import Formats
import Graphs
import Models

/// A model as a file holds it: its architecture, likelihood and weights, and nothing of how it was trained.
package struct ModelFile: Sendable {
    package var architecture: Architecture
    package var likelihood: Likelihood
    package var parameters: ParameterStore

    package init(architecture: Architecture, likelihood: Likelihood, parameters: ParameterStore) {
        self.architecture = architecture
        self.likelihood = likelihood
        self.parameters = parameters
    }

    /// A safetensors file: weights under their names; architecture, likelihood and a SHA-256 of the whole as metadata.
    package func serialized() throws -> [UInt8] {
        try SealedFile.serialize(.model, metadata: try descriptions(), tensors: parameters.tensors())
    }

    /// Architecture and likelihood as JSON, under the names that they have in a file's metadata.
    package func descriptions() throws -> [String: String] {
        func json(_ value: some Encodable) throws -> String {
            String(decoding: try JSONCoding.encode(value), as: UTF8.self)
        }
        return ["architecture": try json(architecture), "likelihood": try json(likelihood)]
    }

    /// Reads a model's file, or a checkpoint's.
    /// - Throws: `FileError` or `FormatError` naming the path.
    package init(contentsOf path: String) throws {
        try self.init(parsing: try FileBytes.read(path, limit: Checkpoint.fileLimit), source: path)
    }

    /// Reads what `serialized` wrote, or a checkpoint; everything is judged before memory is taken for the model.
    /// - Throws: `FormatError` naming the source and what was expected and found.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        let (kind, file) = try SealedFile.open(bytes, as: [.model, .checkpoint], source: source)
        switch kind {
        case .checkpoint:
            self = try Checkpoint(file, source: source).modelFile
        case .model:
            let architecture = try file.decode("architecture", as: Architecture.self, "a model", source: source)
            let likelihood = try file.decode("likelihood", as: Likelihood.self, "a likelihood", source: source)
            // A model is whatever can be trained.
            let layout = try TrainingConfiguration(
                architecture: architecture, objective: Objective(likelihood: likelihood), epochs: 1
            ).layout(from: "\(source) (architecture)")
            self.init(
                architecture: architecture, likelihood: likelihood,
                parameters: try file.stores(layout, prefixes: [""], source: source)[0])
        }
    }
}

extension VariationalAutoencoder {
    /// Saves the model: weights, architecture and likelihood in one safetensors file.
    ///
    /// The file appears whole or not at all, and equal models are equal bytes. A file that stands there is replaced.
    /// - Parameter path: The file; its folder must exist.
    /// - Throws: `FileError` where the system refuses; what stood at the path is then still whole.
    public func save(to path: String) throws {
        let file = ModelFile(architecture: architecture, likelihood: likelihood, parameters: parameters)
        try AtomicFile.write(try file.serialized(), to: path)
    }

    /// Loads a model that `save(to:)` wrote, or the weights of a training's checkpoint.
    ///
    /// The file may come from anybody: it is judged before memory is taken for what it claims. Weights that are not
    /// finite load; `firstNotFinite` names them.
    /// - Parameters:
    ///   - path: The file.
    ///   - threads: Compute threads; results do not depend on it.
    /// - Throws: `FileError` where it cannot be read, `FormatError` where it is damaged, foreign or of a newer version.
    public convenience init(
        contentsOf path: String, threads: Int = VariationalAutoencoder.defaultThreads
    ) throws {
        let file = try ModelFile(contentsOf: path)
        try self.init(
            file.architecture, Objective(likelihood: file.likelihood), parameters: file.parameters, threads: threads)
    }
}
