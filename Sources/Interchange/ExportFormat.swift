import Formats
import Graphs
import Models
import Tensors
import Training

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// What a model may be written as for other libraries.
package enum ExportFormat: String, CaseIterable, Sendable {
    /// Weights alone, in one file.
    case safetensors
    /// A folder with a `torch.nn` model in Python and its weights.
    case pytorch
    /// The same for Keras 3.
    case keras
    /// A folder with the encoder and the decoder, each a graph with its weights.
    case onnx

    /// Whether it is a folder of several files.
    package var isFolder: Bool { self != .safetensors }
}

extension ExportFormat {
    /// Where files of an export lie: in the folder at a path; or the first one there, and its card beside it.
    fileprivate func paths(of files: [ExportedFile], at path: String) -> [String] {
        if isFolder { return files.map { path + (path.hasSuffix("/") ? "" : "/") + $0.name } }
        return files.isEmpty ? [] : [path] + files.dropFirst().map { _ in Self.cardPath(beside: path) }
    }

    /// `weights.md` for `weights.safetensors`.
    private static func cardPath(beside path: String) -> String {
        let name = AtomicFile.split(path).name
        let end = name.lastIndex(of: ".").map { name[$0...] } ?? ""
        return path.dropLast(end == name || end == ".md" ? 0 : end.count) + ".md"
    }
}

/// A file of an export; in a folder it has a name of its own.
package struct ExportedFile: Sendable {
    package let name: String
    package let bytes: [UInt8]

    init(name: String, bytes: [UInt8]) { (self.name, self.bytes) = (name, bytes) }

    init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }
}

extension ModelFile {
    /// The model in another library's form.
    /// - Parameters:
    ///   - layout: Names and axes of `.safetensors`; other formats have their own.
    ///   - imageLayout: How the axes of images lie in `.onnx`.
    ///   - programVersion: This program's, for files that name their maker.
    /// - Returns: One file, or a folder's files in the order in which they are to be written.
    package func exported(
        as format: ExportFormat, layout: WeightLayout = .ours, imageLayout: ImageLayout = .nhwc,
        programVersion: String = ""
    ) throws -> [ExportedFile] {
        let program = try architecture.program()
        switch format {
        case .safetensors:
            return [ExportedFile(name: "weights.safetensors", bytes: try weights(in: layout))]
        case .pytorch:
            let weights = SafetensorsFile(tensors: tensors(program.graph, in: .pytorch)).serialized()
            return [
                ExportedFile(name: PyTorchModel.weightsName, bytes: weights),
                ExportedFile(name: Self.pythonName, text: PyTorchModel(architecture, likelihood, program).text),
            ]
        case .keras:
            let weights = NPZ.serialized(tensors(program.graph, in: .keras))
            return [
                ExportedFile(name: KerasModel.weightsName, bytes: weights),
                ExportedFile(name: Self.pythonName, text: KerasModel(architecture, likelihood, program).text),
            ]
        case .onnx:
            return try ONNXExport(self, layout: imageLayout, producerVersion: programVersion).files()
                .map { ExportedFile(name: $0.name, bytes: $0.bytes) }
        }
    }

    /// The file to import; the weights are there before it is.
    private static let pythonName = "model.py"

    /// A safetensors file of the weights; in our own layout it is what `VariationalAutoencoder.save(to:)` writes.
    private func weights(in layout: WeightLayout) throws -> [UInt8] {
        if layout == .ours { return try serialized() }
        let graph = try architecture.program(Objective(likelihood: likelihood)).graph
        return SafetensorsFile(
            metadata: try descriptions().merging(["layout": layout.rawValue]) { $1 },
            tensors: tensors(graph, in: layout)
        ).serialized()
    }

    /// The parameters of a graph as a layout has them.
    func tensors(_ graph: Graph, in layout: WeightLayout) -> [(name: String, tensor: Tensor)] {
        ModelLayout(graph).weights.map { weight in
            let parameter = parameters.layout[weight.parameter.name]!
            return (weight.name(in: layout), weight.tensor(parameters.tensor(parameter), in: layout))
        }
    }
}

/// Writes the files of an export.
package enum ExportWriter {
    /// Why files cannot be written to a path; nil where they can.
    ///
    /// A folder may hold an earlier export, and nothing else, where that may be replaced.
    /// - Parameters:
    ///   - files: Of a format that is one file: that one, and its card where it has one.
    ///   - overwrites: Whether what stands there may be replaced.
    /// - Throws: `FileError` where the system refuses to tell.
    package static func refusal(
        of files: [ExportedFile], as format: ExportFormat, at path: String, overwrites: Bool
    ) throws(FileError) -> String? {
        switch (try FileKind(of: path, followsLinks: true), format.isFolder) {
        case (nil, true), (.other, false): nil
        case (nil, false): try refusal(ofCardAmong: format.paths(of: files, at: path), overwrites)
        case (.folder, true):
            refusal(of: try Folder.names(in: path), files, overwrites: overwrites)
        case (.folder, false): "expected a file for \(format.rawValue), found a folder"
        case (_, true): "expected a folder for \(format.rawValue), found a file"
        case (_, false):
            overwrites
                ? try refusal(ofCardAmong: format.paths(of: files, at: path), overwrites)
                : "a file is already here; --overwrite replaces it"
        }
    }

    private static func refusal(ofCardAmong paths: [String], _ overwrites: Bool) throws(FileError) -> String? {
        for path in paths.dropFirst() {
            switch try FileKind(of: path, followsLinks: true) {
            case nil: continue
            case .file where overwrites: continue
            default:
                return
                    "its card would take the place of \(printable(path))\(overwrites ? "" : "; --overwrite replaces both")"
            }
        }
        return nil
    }

    private static func refusal(of names: [String], _ files: [ExportedFile], overwrites: Bool) -> String? {
        let others = names.filter { name in !AtomicFile.isTemporary(name) && !files.contains { $0.name == name } }
        if let other = others.first { return "expected a new or empty folder, found \(printable(other)) in it" }
        return names.isEmpty || overwrites ? nil : "an export is already here; --overwrite replaces it"
    }

    /// Writes the files to a path, each whole or not at all, and makes the folder for them.
    /// - Returns: The paths that were written.
    /// - Throws: `FileError`.
    package static func write(
        _ files: [ExportedFile], as format: ExportFormat, to path: String, using system: FileOperations = .system
    ) throws(FileError) -> [String] {
        let paths = format.paths(of: files, at: path)
        guard format.isFolder else {
            for (file, path) in zip(files, paths) { try AtomicFile.write(file.bytes, to: path, using: system) }
            return paths
        }
        let code = Int32(-min(system.makeFolder(path), 0))
        guard code == 0 || code == EEXIST else { throw FileError(path: path, operation: .create, code: code) }
        do {
            for (file, path) in zip(files, paths) { try AtomicFile.write(file.bytes, to: path, using: system) }
        } catch {
            // Empty or not: a folder with a file in it stays.
            if code == 0 { _ = system.removeFolder(path) }
            throw error
        }
        return paths
    }
}
