import Datasets
import Figures
import Formats
import Tensors

/// How images lie on the PNG sheets in which they travel: row by row, from the top left, without gaps.
package struct SheetLayout: Hashable, Sendable {
    /// Images in a row, and rows.
    package let columns, rows: Int

    /// Pixels along a side of a sheet, unless one image is larger.
    package static let mostPixels = 2048
    /// Images along a side.
    package static let mostTiles = 64

    /// For a whole set's sheets.
    /// - Parameter shape: Of one image, [height, width, channels].
    package init(_ shape: Shape) {
        func tiles(_ pixels: Int) -> Int { max(1, min(Self.mostTiles, Self.mostPixels / pixels)) }
        (rows, columns) = (tiles(shape[0]), tiles(shape[1]))
    }

    /// Images on a full sheet.
    package var capacity: Int { columns * rows }

    /// In a row of a sheet of so many chosen images: about as many as rows.
    package static func columns(of count: Int) -> Int { Int(Double(count).squareRoot().rounded(.up)) }
}

extension ImageDataset {
    /// Chosen images as one PNG; no more of the set is read than these.
    /// - Parameters:
    ///   - positions: One or more.
    ///   - columns: Images in a row.
    /// - Throws: `ExplorationError` for images that PNG does not hold; `FormatError` where the set's file is no longer
    ///   what it was.
    package func sheet(_ positions: some Collection<Int>, columns: Int) throws -> [UInt8] {
        guard (1...4).contains(channels) else {
            throw ExplorationError.invalid("images", expected: "1 to 4 channels", found: "\(channels)")
        }
        try requireWhole()
        return try ContactSheet(columns: columns).png(subset(positions).pixels, shape: shape)
    }
}
