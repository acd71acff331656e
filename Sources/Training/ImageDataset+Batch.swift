import Datasets
import Models

extension ImageDataset {
    /// Some of the images as a batch.
    /// - Parameter positions: Positions within the set.
    package func withBatch<Result>(_ positions: [Int], _ body: (ImageBatch) throws -> Result) rethrows -> Result {
        try withStore { store in
            try positions.withUnsafeBufferPointer { positions in
                switch store {
                case .memory(let pixels): try body(ImageBatch(pixels: pixels, indices: positions))
                case .file(let file, let rows): try body(ImageBatch(file, rows: rows, indices: positions))
                }
            }
        }
    }
}
