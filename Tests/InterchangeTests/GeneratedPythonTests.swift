import Formats
import Foundation
import Graphs
import Interchange
import Models
import Ops
import Tensors
import TestSupport
import Testing
import Training

/// The Python that exports consist of, held without running it: approved texts, and Python's own opinion of the syntax.
@Suite struct GeneratedPythonTests {
    private static func text(_ one: ExportCase, _ format: ExportFormat) throws -> String {
        try text(of: one.model, format)
    }

    private static func text(of model: ModelFile, _ format: ExportFormat) throws -> String {
        let file = try #require(try model.exported(as: format).first { $0.name == "model.py" })
        return String(decoding: file.bytes, as: UTF8.self)
    }

    private static let formats: [ExportFormat] = [.pytorch, .keras]

    /// Where a difference is wanted, the new text takes the place of the file in `Approved`.
    @Test(arguments: [ExportCase.presets[0], .layers, .flats], formats)
    func `small models are written as approved`(one: ExportCase, format: ExportFormat) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Approved")
        let approved = try String(contentsOf: folder.appending(path: "\(one.name)-\(format).py"), encoding: .utf8)
        #expect(try Self.text(one, format) == approved)
    }

    @Test(.enabled(if: python != nil), arguments: formats)
    func `Python can read every file`(format: ExportFormat) throws {
        let scratch = Scratch()
        for one in ExportCase.all { try scratch.write(try Self.text(one, format), to: "\(one.name).py") }
        let python = try #require(Self.python)
        let names = scratch.files("")
        #expect(names.count == ExportCase.all.count)
        let outcome = try Program(path: python).run(["-m", "py_compile"] + names, in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
        .first(where: FileManager.default.isExecutableFile)

    /// An op that a writer does not know ends the program.
    @Test func `every op of a recipe is in a case`() throws {
        let nodes = try ExportCase.all.flatMap { try $0.architecture.program().graph.nodes }
        let names = Set(nodes.map(\.op.name))
        #expect(Ops.all.map(\.name).filter { !names.contains($0) } == [])
        for join in [AnyOp(Add()), AnyOp(Multiply()), AnyOp(Concatenate())] { #expect(names.contains(join.name)) }
    }

    /// A run's name comes from a recipe, which may be anybody's.
    @Test(arguments: formats) func `a name is words in a docstring and nothing else`(format: ExportFormat) throws {
        var model = try ExportCase.tiny.model
        model.architecture.name = "a\"\"\"\nimport os\\\u{0}"
        let text = try Self.text(of: model, format)
        #expect(text.split(separator: "\"\"\"", omittingEmptySubsequences: false).count % 2 == 1)
        #expect(!text.split(separator: "\n").contains("import os"))
        #expect(!text.contains("\\") && !text.contains("\u{0}"))
    }

    @Test(arguments: ExportCase.all) func `weights in a file are those that the model asks for`(one: ExportCase) throws
    {
        let model = try one.model
        let layout = ModelLayout(try one.architecture.program().graph)
        let pytorch = try SafetensorsFile(parsing: try model.exported(as: .pytorch)[0].bytes, source: "weights")
        let keras = try NPZ.parse(try model.exported(as: .keras)[0].bytes, source: "weights")
        #expect(pytorch.tensors.map(\.name) == layout.weights.map { $0.name(in: .pytorch) })
        #expect(keras.map(\.name) == layout.weights.map { $0.name(in: .keras) })
        for (weight, (theirs, kerass)) in zip(layout.weights, zip(pytorch.tensors, keras)) {
            let ours = model.parameters.tensor(model.parameters.layout[weight.parameter.name]!)
            #expect(weight.ours(theirs.tensor, from: .pytorch) == ours && kerass.tensor == ours, "\(theirs.name)")
        }
    }

    @Test func `weights alone say what model they are of`() throws {
        let model = try ExportCase.plain.model
        let own = try model.exported(as: .safetensors)
        #expect(own.map(\.bytes) == [try model.serialized()])
        for layout in [WeightLayout.keras, .pytorch] {
            let bytes = try model.exported(as: .safetensors, layout: layout)[0].bytes
            let file = try SafetensorsFile(parsing: bytes, source: "weights")
            #expect(file.metadata["layout"] == layout.rawValue)
            #expect(try file.metadata["architecture"] == model.descriptions()["architecture"])
            #expect(file.tensors.count == model.parameters.layout.parameters.count)
            // A learned variance is the likelihood's, not a layer's.
            #expect(file.tensors.last?.name.hasSuffix("log_variance") == true)
        }
    }
}

/// Exports on disks that refuse.
@Suite struct ExportWriterTests {
    @Test func `a folder that cannot be filled does not stay`() throws {
        let scratch = Scratch()
        var system = FileOperations.system
        system.write = { _, _ in -Int(ENOSPC) }
        let files = try ExportCase.tiny.model.exported(as: .pytorch)
        #expect(throws: FileError.self) {
            try ExportWriter.write(files, as: .pytorch, to: scratch.path + "/out", using: system)
        }
        #expect(!scratch.exists("out"))
        // One that was there does.
        try scratch.write("", to: "mine/.keep")
        #expect(throws: FileError.self) {
            try ExportWriter.write(files, as: .pytorch, to: scratch.path + "/mine", using: system)
        }
        #expect(scratch.files("mine") == [".keep"])
    }
}
