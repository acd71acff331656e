import Formats
import Foundation
import Tensors

/// Arrays that Keras and PyTorch made; `Interop/README.md` says how.
package struct Golden: Sendable {
    private let file: String
    private let tensors: [String: Tensor]
    package let metadata: [String: String]

    private init(_ file: String) {
        self.file = file
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let path = folder.appending(path: "ParityTests/Goldens/\(file).safetensors")
        do {
            let contents = try SafetensorsFile(parsing: [UInt8](Data(contentsOf: path)), source: path.path)
            tensors = Dictionary(uniqueKeysWithValues: contents.tensors.map { ($0.name, $0.tensor) })
            metadata = contents.metadata
        } catch {
            fatalError("\(path.path): \(error)")
        }
    }

    package static let layers = Golden("layers")
    package static let layoutPyTorch = Golden("layout-pytorch")
    package static let layoutKeras = Golden("layout-keras")
    package static let objectives = Golden("objectives")
    package static let adam = Golden("adam")
    package static let tutorialStep = Golden("tutorial-step")
    package static let tutorialAdam = Golden("tutorial-adam")
    package static let kerasExample = Golden("keras-example")

    /// Every array's name, sorted.
    package var names: [String] { tensors.keys.sorted() }

    package func has(_ name: String) -> Bool { tensors[name] != nil }

    package subscript(name: String) -> Tensor {
        guard let tensor = tensors[name] else { fatalError("\(file).safetensors holds no \(name)") }
        return tensor
    }
}
