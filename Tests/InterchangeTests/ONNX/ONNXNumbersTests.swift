import Formats
import Foundation
import TestSupport
import Testing

/// Every case as files with inputs and outputs beside them, for `Interop/check_onnx.py` to compute again.
///
/// `make interop` names the folder (`VAE_INTEROP`).
@Suite(.enabled(if: ProcessInfo.processInfo.environment["VAE_INTEROP"] != nil)) struct ONNXNumbersTests {
    @Test(arguments: ONNXCase.all) func `files and their numbers are written`(one: ONNXCase) throws {
        let folder = ProcessInfo.processInfo.environment["VAE_INTEROP"]! + "/onnx/" + one.name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for file in try one.files() {
            try AtomicFile.write(file.bytes, to: "\(folder)/\(file.name)")
            let (inputs, outputs) = try file.arrays()
            let arrays = inputs.map { ("inputs/\($0)", $1) } + outputs.map { ("outputs/\($0)", $1) }
            try AtomicFile.write(
                NPZ.serialized(arrays.sorted { $0.0 < $1.0 }), to: "\(folder)/\(file.name).npz")
        }
    }
}
