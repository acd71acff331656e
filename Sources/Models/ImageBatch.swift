import Tensors

/// Images as bytes, and which of them to take: only read, while whoever holds the memory waits.
package struct ImageBatch: @unchecked Sendable {
    /// Positions in the set: they name an image's noise, too.
    package let indices: UnsafeBufferPointer<Int>
    private let place: Place
    /// Where a set's images lie, by their position in the set; nil where they lie in the set's order.
    private let rows: UnsafePointer<UInt32>?

    private enum Place {
        case memory(UnsafePointer<UInt8>)
        case source(any PixelSource)
    }

    package init(pixels: UnsafePointer<UInt8>, indices: UnsafeBufferPointer<Int>) {
        self.init(.memory(pixels), rows: nil, indices: indices)
    }

    package init(_ source: any PixelSource, rows: UnsafePointer<UInt32>?, indices: UnsafeBufferPointer<Int>) {
        self.init(.source(source), rows: rows, indices: indices)
    }

    private init(_ place: Place, rows: UnsafePointer<UInt32>?, indices: UnsafeBufferPointer<Int>) {
        (self.place, self.rows, self.indices) = (place, rows, indices)
    }

    /// Some of the images.
    package func part(_ range: Range<Int>) -> ImageBatch {
        ImageBatch(place, rows: rows, indices: UnsafeBufferPointer(rebasing: indices[range]))
    }

    /// Brings images as byte / 255 into memory for `range.count * size` values.
    func load(_ range: Range<Int>, size: Int, into values: Floats) {
        switch place {
        case .memory(let pixels):
            for (image, position) in range.enumerated() {
                Kernels.shared.pixelsToFloat(into: values + image * size, pixels + row(position) * size, count: size)
            }
        case .source(let source):
            let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: size)
            defer { bytes.deallocate() }
            for (image, position) in range.enumerated() {
                source.read(row(position), into: bytes)
                Kernels.shared.pixelsToFloat(into: values + image * size, bytes, count: size)
            }
        }
    }

    private func row(_ position: Int) -> Int { rows.map { Int($0[indices[position]]) } ?? indices[position] }
}
