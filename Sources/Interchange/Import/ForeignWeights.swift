import Formats
import Models
import Tensors

/// The weights of a file that another library wrote, layer by layer, before anybody knows what they are for.
package struct ForeignWeights: Sendable {
    /// What a variable is to its layer.
    package enum Role: String, Sendable, CaseIterable {
        case kernel, bias, scale, shift
        /// Of a batch norm: what it has seen.
        case mean, variance
    }

    /// One array of the file, which may not have been read.
    package struct Variable: Sendable {
        /// As the file names it.
        package let name: String
        package let shape: [Int]
        package let read: @Sendable () throws(FormatError) -> Tensor
    }

    /// Which half of a model a layer is in.
    package enum Part: String, Sendable {
        case encoder, decoder
    }

    /// The variables of one layer.
    package struct Layer: Sendable {
        /// Its whole name in the file, which no other layer has: `encoder/z_mean`, `encoder.conv1`.
        package let name: String
        /// What the other library's user calls it: `z_mean`.
        package var title: String {
            name.split { "/.".contains($0) }.last.map(String.init) ?? name
        }
        /// By the names of what it lies in; nil where they do not say.
        package let part: Part?
        /// The op that it is, as ours are named, or `batch_norm`; nil where the file does not say.
        package let kind: String?
        package var variables: [Role: Variable]

        package var isBatchNorm: Bool { variables[.mean] != nil }
        /// The number of its outputs' channels, of a batch norm.
        var channels: Int { variables[.variance]?.shape.first ?? 0 }
    }

    /// For people: `Keras weights (HDF5)`.
    package let format: String
    /// The order of axes in it.
    package let layout: WeightLayout
    /// Whether `layers` stand in the order in which the other library's model has them, whatever their kinds; names
    /// alone give an order otherwise.
    package let isOrdered: Bool
    package var layers: [Layer]
    /// What the file's reader left out, a line each.
    package var remarks: [String] = []
}

extension ForeignWeights.Part {
    /// The half that one of these names is of: `encoder`, `enc`, `encoder_conv2d`, `VAEDecoder`.
    init?(of names: some Sequence<some StringProtocol>) {
        for name in names {
            let name = name.lowercased()
            if name.contains("encoder") || name == "enc" || name.hasPrefix("enc_") {
                self = .encoder
                return
            }
            if name.contains("decoder") || name == "dec" || name.hasPrefix("dec_") {
                self = .decoder
                return
            }
        }
        return nil
    }
}

extension ForeignWeights {
    /// Reads the names and shapes of any file that weights are taken from.
    ///
    /// Keras's `.weights.h5`, `.h5` and `.keras`, PyTorch's state dicts, safetensors, and NPZ. What a file is, its bytes
    /// say.
    /// - Parameters:
    ///   - bytes: The file.
    ///   - source: Its name, for errors.
    package init(parsing bytes: [UInt8], source: String) throws(FormatError) {
        // A safetensors header's length may look like the start of a pickle, but no pickle has a header behind it.
        let isPickle = bytes.first == 0x80 && bytes.dropFirst(8).first != UInt8(ascii: "{")
        if HDF5File.isOne(bytes) {
            self = try KerasWeights(try HDF5File(parsing: bytes, source: source), source: source).weights("HDF5")
        } else if KerasArchive.isOne(bytes) {
            self = try KerasWeights(try KerasArchive.weights(in: bytes, source: source), source: source).weights(
                "a .keras archive")
        } else if PyTorchFile.isOne(bytes) || isPickle {
            let file = try PyTorchFile(parsing: bytes, source: source)
            self = try Self.named(
                file.entries.map { entry in
                    Variable(name: entry.name, shape: entry.shape) { () throws(FormatError) in
                        try file.tensor(entry)
                    }
                }, format: "PyTorch state dict", source: source)
        } else if NPZ.isOne(bytes) {
            let arrays = try NPZ.parse(bytes, source: source)
            let variables = arrays.map { array in Variable(name: array.name, array.tensor) }
            self =
                arrays.allSatisfy { $0.name.hasPrefix("arr_") }
                ? try Self.listed(variables, source: source)
                : try Self.named(variables, format: "NPZ of named arrays", source: source)
        } else {
            let file = try SafetensorsFile(parsing: bytes, source: source)
            self = try Self.named(
                file.tensors.map { Variable(name: $0.name, $0.tensor) }, format: "safetensors", source: source)
        }
        if layers.isEmpty {
            throw FormatError(source: source, expected: "weights of layers", found: "none")
        }
    }
}

extension ForeignWeights.Variable {
    init(name: String, _ tensor: Tensor) {
        self.init(name: name, shape: tensor.shape.dimensions) { tensor }
    }
}
