import Formats
import Tensors

// A set's bytes, wherever they are.

extension ImageDataset {
    /// All values, NHWC: shape [count, height, width, channels], row-major.
    ///
    /// Those of a set that stays in a file are read anew each time.
    public var pixels: [UInt8] {
        if case .memory(let pixels) = store { return pixels }
        var all: [UInt8] = []
        all.reserveCapacity(count * imageSize)
        forEachPart { all.append(contentsOf: $0) }
        return all
    }

    /// A batch of these images.
    package func withStore<Result>(_ body: (_ store: BatchStore) throws -> Result) rethrows -> Result {
        switch store {
        case .memory(let pixels):
            try pixels.withUnsafeBufferPointer { pixels in
                guard let start = pixels.baseAddress else { fatalError("a batch of a set without images") }
                return try body(.memory(start))
            }
        case .file(let file, let rows?):
            try rows.withUnsafeBufferPointer { try body(.file(file, rows: $0.baseAddress)) }
        case .file(let file, nil):
            try body(.file(file, rows: nil))
        }
    }

    /// What a batch is read from.
    package enum BatchStore {
        /// The first image's bytes.
        case memory(UnsafePointer<UInt8>)
        /// A file, and the places of the set's images in it; nil where they lie in order.
        case file(PixelFile, rows: UnsafePointer<UInt32>?)
    }

    /// Bytes of memory that hold it.
    package var heldBytes: Int {
        switch store {
        case .memory(let pixels): pixels.count
        case .file(_, let rows): (rows?.count ?? 0) * MemoryLayout<UInt32>.stride
        }
    }

    /// Whether the bytes stay in a file.
    package var isInFile: Bool { file != nil }

    /// The time that threads have spent in reading the set's file, all together, in seconds; 0 of a set in memory.
    package var readingSeconds: Double { file?.readingSeconds ?? 0 }

    /// Tells the system which images are wanted soon.
    package func prepare(_ positions: some Sequence<Int>) {
        guard case .file(let file, let rows) = store else { return }
        for position in positions { file.prepare(rows.map { Int($0[position]) } ?? position) }
    }

    /// Throws where the set's file could not be read, or is no longer what it was when it was opened.
    /// - Throws: `FileError` or `FormatError`, naming it.
    package func requireWhole() throws { try file?.requireWhole() }

    var file: PixelFile? {
        if case .file(let file, _) = store { file } else { nil }
    }

    /// Copies images that lie behind one another.
    /// - Parameter bytes: `positions.count * imageSize` of them.
    /// - Throws: `FileError` or `FormatError` where the set's file cannot be read.
    func read(_ positions: Range<Int>, into bytes: UnsafeMutableBufferPointer<UInt8>) throws {
        switch store {
        case .memory(let pixels):
            pixels.withUnsafeBufferPointer {
                _ = bytes.update(
                    fromContentsOf: $0[positions.lowerBound * imageSize..<positions.upperBound * imageSize])
            }
        case .file(let file, nil): try file.read(positions, into: UnsafeMutableRawBufferPointer(bytes))
        case .file(let file, let rows?):
            for (place, position) in positions.enumerated() {
                let row = Int(rows[position])
                try file.read(
                    row..<row + 1,
                    into: UnsafeMutableRawBufferPointer(
                        rebasing: UnsafeMutableRawBufferPointer(bytes)[place * imageSize..<(place + 1) * imageSize]))
            }
        }
    }

    /// A run of images, values in [0, 1], of a set whose file may have broken since it was opened.
    /// - Throws: `FileError` or `FormatError` where the set's file cannot be read.
    package func readImages(_ range: Range<Int>) throws -> Tensor {
        var bytes = [UInt8](repeating: 0, count: range.count * imageSize)
        try bytes.withUnsafeMutableBufferPointer { try read(range, into: $0) }
        return Tensor([range.count, height, width, channels], bytes.map { Self.unitValues[Int($0)] })
    }

    /// One image's bytes.
    func withImage<Result>(_ position: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        switch store {
        case .memory(let pixels):
            return pixels.withUnsafeBufferPointer {
                body(UnsafeBufferPointer(rebasing: $0[position * imageSize..<(position + 1) * imageSize]))
            }
        case .file(let file, let rows):
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: imageSize) { bytes in
                let row = rows.map { Int($0[position]) } ?? position
                Self.mustRead { try file.read(row..<row + 1, into: UnsafeMutableRawBufferPointer(bytes)) }
                return body(UnsafeBufferPointer(bytes))
            }
        }
    }

    /// All bytes in order, some at a time.
    func forEachPart(_ body: (UnsafeRawBufferPointer) -> Void) {
        switch store {
        case .memory(let pixels): pixels.withUnsafeBytes(body)
        case .file(let file, nil):
            let most = max(1, Self.partSize / imageSize)
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: most * imageSize, alignment: 64)
            defer { bytes.deallocate() }
            for first in stride(from: 0, to: count, by: most) {
                let rows = first..<min(first + most, count)
                let part = UnsafeMutableRawBufferPointer(rebasing: bytes[..<(rows.count * imageSize)])
                Self.mustRead { try file.read(rows, into: part) }
                body(UnsafeRawBufferPointer(part))
            }
        case .file:
            for position in 0..<count { withImage(position) { body(UnsafeRawBufferPointer($0)) } }
        }
    }

    /// Bytes that are read at a time: as many as stay in a core's cache.
    private static let partSize = 1 << 18

    /// For callers that have nobody to throw to: a file that breaks while it is read ends the program by its name.
    private static func mustRead(_ body: () throws -> Void) {
        do { try body() } catch { fatalError(printable("\(error)", limit: .max)) }
    }
}
