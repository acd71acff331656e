import Formats
import Foundation
import Interchange
import Models
import Tensors
import TestSupport
import Testing

/// Exports of every case with what this library computes, for `Interop/check_exports.py` to compute again.
///
/// `make interop` names the folder (`VAE_INTEROP`).
@Suite(.enabled(if: ProcessInfo.processInfo.environment["VAE_INTEROP"] != nil)) struct ExportNumbersTests {
    @Test(arguments: ExportCase.all) func `a model and its numbers are written`(one: ExportCase) throws {
        let folder = ProcessInfo.processInfo.environment["VAE_INTEROP"]! + "/" + one.name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = try one.model
        for format in [ExportFormat.pytorch, .keras] {
            let path = folder + "/" + format.rawValue
            _ = try ExportWriter.write(try file.exported(as: format), as: format, to: path)
        }
        let model = try VariationalAutoencoder(
            one.architecture, Objective(likelihood: one.likelihood), parameters: file.parameters, threads: 1)
        var values = TestValues(seed: 7)
        let shape = Shape([5] + one.architecture.imageShape.dimensions)
        let images = Tensor(shape, values.uniforms(shape.count, 0...1))
        let codes = Tensor([5, one.architecture.latent], values.uniforms(5 * one.architecture.latent, -2...2))
        let code = model.encode(images)
        try AtomicFile.write(
            NPZ.serialized(
                [("images", images), ("mean", code.mean), ("codes", codes), ("pictures", model.decode(codes))]
                    + (code.logVariance.map { [("log_variance", $0)] } ?? [])),
            to: folder + "/numbers.npz")
    }
}
